"""Tests of models/fundus/lab."""
