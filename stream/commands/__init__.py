"""The commands of `wardwatch`; stream/cli.py names them and imports the one that is called."""
