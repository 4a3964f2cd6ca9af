"""Tests of models/lesion_report."""
