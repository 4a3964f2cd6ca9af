"""Tests of models/watch."""
