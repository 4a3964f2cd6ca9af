"""Tests of stream/access."""
