"""What FHIR R4 resources become, and how the door answers."""
