"""The demo: a whole stack for a minute, the ward in the terminal, and a check that no record was lost."""
