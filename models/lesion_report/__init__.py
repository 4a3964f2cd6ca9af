"""What a lesion report is called in other systems: the same record as DICOM SR and as FHIR, and in sentences."""
