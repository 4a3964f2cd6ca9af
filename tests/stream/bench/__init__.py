"""Tests of stream/bench."""
