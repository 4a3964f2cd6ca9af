"""Tests of stream/observability."""
