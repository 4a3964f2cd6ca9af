"""Genotypes: tables, readings, scores, and what could not be excluded."""
