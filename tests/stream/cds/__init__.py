"""Tests of the CDS Hooks service: from a call to its cards, and who may call."""
