"""Tests of stream/watch."""
