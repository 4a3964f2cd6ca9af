"""Tests of stream/rehearsal."""
