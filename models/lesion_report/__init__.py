"""A lesion report in other formats: DICOM SR, FHIR, and sentences."""
