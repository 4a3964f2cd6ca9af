"""The command line for running one of our modules as a process."""

import sys


def python_module(name: str, *arguments: str) -> list[str]:
    """Return the equivalent of `python -m NAME ARGUMENTS...` for this interpreter, safe in any current folder.

    `-P` keeps the current folder out of the module search path: it may contain a package called `models`, `schemas` or
    `stream`, which would be found first. PYTHONPATH still applies, and processes that this one spawns inherit `-P`.
    """
    return [sys.executable, "-P", "-m", name, *arguments]
