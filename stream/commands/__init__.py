"""The commands of `wardwatch`, one file each; stream/cli.py puts them together."""
