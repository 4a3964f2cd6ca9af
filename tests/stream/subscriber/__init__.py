"""Tests of stream/subscriber."""
