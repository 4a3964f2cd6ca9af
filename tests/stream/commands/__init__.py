"""Tests of stream/commands."""
