"""Wordings of generated reports: six that the reader was developed on, and one that was held out."""
