"""Tests of what makes the tables of the treatment rules."""
