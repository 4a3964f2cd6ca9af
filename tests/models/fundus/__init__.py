"""Tests of models/fundus."""
