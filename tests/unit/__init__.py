"""Tests that need no server: fast, and property tests among them."""
