"""Tests of models/risk/lab/sepsis."""
