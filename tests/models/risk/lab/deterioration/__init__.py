"""Tests of models/risk/lab/deterioration."""
