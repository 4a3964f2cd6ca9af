"""Tests of stream/dead_letters."""
