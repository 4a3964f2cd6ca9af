"""Tests of stream/broker."""
