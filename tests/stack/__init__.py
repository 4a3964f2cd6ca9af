"""Tests on a running broker and Redis."""
