"""Tests of stream/delivery."""
