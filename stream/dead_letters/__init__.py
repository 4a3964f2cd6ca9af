"""Records that could not be used: their form on the wire (letters.py), and reading and replaying them (browse.py)."""
