"""Tests: unit and property tests without servers, stack tests with them."""
