"""FHIR R4 over HTTP in: resources of record systems become records, or are told why not, part by part."""
