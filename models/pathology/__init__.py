"""Reads pathology reports: what a pathologist's English text states, with its certainty and the place it was read from."""
