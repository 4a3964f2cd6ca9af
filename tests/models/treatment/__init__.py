"""Tests of models/treatment."""
