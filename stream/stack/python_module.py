"""The command line that runs a module of ours in a process of its own."""

import sys


def python_module(name: str, *arguments: str) -> list[str]:
    """As `python -m NAME ARGUMENTS...`, by this interpreter, wherever the user has called us.

    `-P` keeps the current folder out of the module search path: it may hold a package called `models`, `schemas` or
    `stream`, and would come first. What PYTHONPATH says still counts, and processes that this one spawns inherit `-P`.
    """
    return [sys.executable, "-P", "-m", name, *arguments]
