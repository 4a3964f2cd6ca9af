"""Tests of models/risk."""
