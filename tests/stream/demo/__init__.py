"""Tests of stream/demo."""
