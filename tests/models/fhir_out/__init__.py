"""What leaves as FHIR R4."""
