"""Tests of models/risk/lab."""
