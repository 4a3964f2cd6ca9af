"""Our alerts in the forms that alarm managers take: FHIR R6 DeviceAlert, and IHE PCD-04 (ORU^R40)."""
