"""Tests of models/lesion/lab."""
