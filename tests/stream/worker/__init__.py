"""Tests of stream/worker."""
