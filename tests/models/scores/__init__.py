"""Tests of models/scores."""
