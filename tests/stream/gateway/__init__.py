"""Tests of stream/gateway."""
