"""The ward board: a web page with the current state of every bed, fed from the topics; read-only without users."""
