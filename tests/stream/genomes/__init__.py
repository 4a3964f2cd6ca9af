"""Genomes that come in as files, and by reference."""
