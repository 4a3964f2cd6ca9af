"""Tests of stream/check."""
