"""The ward board: a read-only web page with the current state of every bed, fed from the topics."""
