"""What is said on the wire: frozen pydantic models, one file per subject, units in the field names."""
