"""Tests of models/pathology."""
