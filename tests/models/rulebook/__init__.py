"""Tests of models/rulebook."""
