"""The commands of `wardwatch`; stream/cli.py lists them and imports the one that is called."""
