"""Tests of models/deidentify."""
