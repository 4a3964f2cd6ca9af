"""Tests of models/lesion."""
