"""Wordings of generated reports: five that the reader was developed on, and one that was held out."""
