"""The records on the wire: immutable pydantic models, one file for each subject, units in the field names."""
