"""The plan of a patient."""
