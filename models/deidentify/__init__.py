"""De-identification of DICOM files after PS3.15 annex E, Basic Application Confidentiality Profile."""
