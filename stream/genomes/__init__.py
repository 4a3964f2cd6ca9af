"""Genomes that come in as files: VCF, and tables of calls that another method has made."""
