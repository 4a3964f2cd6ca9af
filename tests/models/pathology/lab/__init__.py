"""Tests of models/pathology/lab."""
