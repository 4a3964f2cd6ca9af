"""Tests of models/treatment/safety."""
