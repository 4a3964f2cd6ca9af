"""Tests of models/risk/lab/mortality."""
