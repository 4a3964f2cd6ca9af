"""The demo that people see: a whole stack for a minute, a ward in the terminal, and what became of every record."""
