"""Reads pathology reports: what their text states, how certainly, and where it stands there."""
