"""Tests of models/alarms."""
