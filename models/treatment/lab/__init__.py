"""What makes the tables of the treatment rules from published data. No worker imports it."""
