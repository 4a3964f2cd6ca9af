"""Tests of stream/stack."""
