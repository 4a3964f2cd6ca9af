"""Benchmarks: Wardwatch beside baselines, on the same broker with the same records."""
