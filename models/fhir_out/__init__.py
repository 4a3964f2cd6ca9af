"""Proposals, alarms and plans as FHIR R4 resources for a record system. Everything is a draft and a proposal. Pure."""
