"""Tests of models/risk/deterioration."""
