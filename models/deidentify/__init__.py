"""DICOM without identities: PS3.15 annex E, Basic Application Confidentiality Profile."""
