"""One door in a process of its own: guided by coverage where atheris is installed, else by chance.

Arguments: the door, how many inputs, the folder. What atheris' libFuzzer prints goes to standard error.
"""

import sys
import warnings
from importlib.util import find_spec
from itertools import islice
from pathlib import Path
from time import time_ns
from typing import Final

from tests.fuzz.doors import DOORS, Door, module_of
from tests.fuzz.measured import Measured
from tests.fuzz.mutation import inputs

IS_GUIDED: Final = find_spec("atheris") is not None


def main(name: str, runs: int, folder: Path) -> None:
    """Feed a door. With atheris this ends the process."""
    warnings.simplefilter("error")
    door = DOORS[name]
    if IS_GUIDED:
        _guided(door, runs, folder)
        return
    module = module_of(door)
    one = Measured(door, module.one, folder, runs)
    for data in islice(inputs(module.SEEDS, module.WORDS, door.most_bytes, time_ns()), runs):
        one(data)
    one.write_figures()


def _guided(door: Door, runs: int, folder: Path) -> None:
    import atheris  # noqa: PLC0415 - there are no wheels of it for some Pythons

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with atheris.instrument_imports(include=list(door.instrumented)):
            module = module_of(door)
    corpus, seeds = folder / "corpus", folder / "seeds"
    for made in (corpus, seeds):
        made.mkdir(exist_ok=True)
    for number, seed in enumerate(module.SEEDS):
        (seeds / str(number)).write_bytes(seed)
    words = folder / "words"
    words.write_text("".join(f'"{_escaped(word)}"\n' for word in module.WORDS), encoding="ascii")
    options = {
        "runs": runs,
        "max_len": door.most_bytes,
        "dict": words,
        "timeout": round(20 * door.limit_s),  # wall time, on a machine that may be busy
        "rss_limit_mb": 0,  # Measured looks after memory
        "artifact_prefix": f"{folder}/ended-by-",
        "print_final_stats": 1,
        "verbosity": 1,
    }
    atheris.Setup(
        [sys.argv[0], *(f"-{key}={value}" for key, value in options.items()), str(corpus), str(seeds)],
        Measured(door, module.one, folder, runs),
    )
    atheris.Fuzz()


def _escaped(word: bytes) -> str:
    return "".join(f"\\x{byte:02x}" for byte in word)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), Path(sys.argv[3]))
