"""Risks whose truth every ward records: what the vital signs themselves will show in the next hours."""
