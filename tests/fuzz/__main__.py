"""`make fuzz`: feed every door with millions of inputs, and say what came of it.

    python -m tests.fuzz [--door NAME] [--runs N] [--seconds S] [--replay FILE] [--folder FOLDER]

Each door works in a process of its own, one after the other. Findings and the corpus stay in the folder, so that a next
run goes on from there; `--replay FILE --door NAME` works on one input again and shows where it breaks.
"""

import argparse
import json
import re
import signal
import subprocess
import sys
from pathlib import Path
from time import monotonic
from typing import Any, Final

from tests.fuzz.doors import DOORS, Door, module_of
from tests.fuzz.guided import IS_GUIDED

_COVERAGE: Final = re.compile(r"cov: (\d+)")
_MOST_DEATHS: Final = 20
_LINE: Final = "{:<10} {:>10} {:>8} {:>7} {:>7} {:>7} {:>10} {:>12}"


def main() -> int:
    """Return 1 where a fault was found."""
    arguments = _arguments()
    if arguments.replay is not None:
        module_of(DOORS[arguments.door]).one(arguments.replay.read_bytes())
        _say("it goes through")
        return 0
    if not IS_GUIDED:
        _say("atheris is not installed (pip install -e '.[fuzz]'): inputs are made by chance, without coverage")
    rows = [
        _through(door, arguments.runs, arguments.seconds, arguments.folder / door.name)
        for door in ([DOORS[arguments.door]] if arguments.door else DOORS.values())
    ]
    _say()
    _say(_LINE.format("door", "inputs", "per s", "cover", "faults", "deaths", "slowest s", "largest MiB"))
    for row in rows:
        _say(_LINE.format(*row))
    _say(f"\nfindings: {arguments.folder}/DOOR/fault-* and ended-by-*")
    return int(any(row[4] or (row[5] and not DOORS[row[0]].sandboxed) for row in rows))


def _say(text: str = "") -> None:
    print(text, flush=True)  # noqa: T201 - a person waits for it


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description="Feed the doors with odd inputs.")
    parser.add_argument("--door", choices=DOORS, help="only this door")
    parser.add_argument("--runs", type=int, default=10**6, help="inputs for each door (default: a million)")
    parser.add_argument("--seconds", type=float, default=float("inf"), help="for each door, at the most")
    parser.add_argument("--replay", type=Path, help="work on the input in this file; needs --door")
    parser.add_argument("--folder", type=Path, default=Path("build/fuzz"), help="for findings and corpus")
    arguments = parser.parse_args()
    if arguments.replay is not None and arguments.door is None:
        parser.error("--replay needs --door")
    return arguments


def _through(door: Door, runs: int, seconds: float, folder: Path) -> tuple[Any, ...]:
    """Feed one door; its process is begun anew where an input ended it."""
    folder.mkdir(parents=True, exist_ok=True)
    _say(f"{door.name}: {door.text}")
    begun_s, done, deaths, coverage = monotonic(), 0, 0, "-"
    totals = {"faults": 0, "slowest_s": 0.0, "largest_mib": 0.0}
    while done < runs and deaths < _MOST_DEATHS and (left_s := seconds - (monotonic() - begun_s)) > 1:
        (folder / "figures.json").unlink(missing_ok=True)
        ended, said = _child(door, runs - done, left_s, folder)
        figures = json.loads(file.read_text()) if (file := folder / "figures.json").exists() else {"inputs": 0}
        done += figures["inputs"]
        totals = {key: max(value, figures.get(key, 0)) for key, value in totals.items()}
        coverage = max([coverage, *_COVERAGE.findall(said)], key=lambda one: int(one) if one.isdigit() else -1)
        if ended is None or ended == 0:
            break
        deaths += 1
        _say(f"{door.name}: the process ended with {ended}: {folder}/ended-by-*")
        if not figures["inputs"]:
            _say(said[-2000:])
            break
    rate = round(done / max(0.001, monotonic() - begun_s))
    slowest, largest = f"{totals['slowest_s']:.3f}", f"{totals['largest_mib']:.0f}"
    return door.name, done, rate, coverage, totals["faults"], deaths, slowest, largest


def _child(door: Door, runs: int, left_s: float, folder: Path) -> tuple[int | None, str]:
    """Run a process to its end, or to the end of the time: None then. What it said of itself."""
    log = folder / "log"
    with (
        log.open("wb") as said,
        subprocess.Popen(  # noqa: S603 - this very interpreter
            [sys.executable, "-m", "tests.fuzz.guided", door.name, str(runs), str(folder)], stderr=said
        ) as process,
    ):
        try:
            ended = process.wait(None if left_s == float("inf") else left_s)
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGKILL)
            process.wait()
            ended = None
        except KeyboardInterrupt:
            process.send_signal(signal.SIGKILL)
            raise
    return ended, log.read_text(encoding="utf-8", errors="replace")


if __name__ == "__main__":
    sys.exit(main())
