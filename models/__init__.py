"""Scores, rules and models. What a worker runs of them reads no clock, no network and no file but weights."""
