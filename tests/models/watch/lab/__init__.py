"""Tests of models/watch/lab."""
