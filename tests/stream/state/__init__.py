"""Tests of stream/board."""
