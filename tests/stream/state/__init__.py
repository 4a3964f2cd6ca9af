"""Tests of stream/state."""
