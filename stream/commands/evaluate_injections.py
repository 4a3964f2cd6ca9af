"""`wardwatch evaluate injections`: alarm conditions of known start and length, put into recorded numbers."""

import csv
import json
from collections import defaultdict
from pathlib import Path
from typing import Final

import numpy as np
import typer
from numpy.typing import NDArray
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from models.watch.lab.injection import DISTURBANCES, LASTS_S, Judged, judge, sounding, violations
from schemas.vitals import NUMERICS

_REFUSED: Final = 2  # exit code
_COLUMNS: Final = {"HR": "heart_rate_bpm", "RESP": "respiratory_rate_per_min", "SpO2": "spo2_percent"}


def evaluate(data: Path, records: int | None, seed: int, *, as_json: bool) -> None:
    """Play all conditions under all disturbances and print the counts; exit with status 1 where an alarm was late."""
    err = Console(stderr=True)
    try:
        recordings = dict(list(read_recordings(data).items())[:records])
    except (OSError, ValueError, KeyError) as error:
        err.print(f"{data} can't be read as numbers of a monitor: {error!r}", style="red", markup=False, soft_wrap=True)
        raise typer.Exit(_REFUSED) from None
    judged: dict[str, list[Judged]] = {}
    with Progress(console=err, transient=True) as progress:
        task = progress.add_task("disturbances", total=len(DISTURBANCES))
        for disturbance in DISTURBANCES:
            judged[disturbance.name] = judge(recordings, violations(), disturbance, seed)
            progress.advance(task)
    alarms, days = sounding(recordings)
    if as_json:
        report = {
            "recordings": len(recordings),
            "lasts_s": LASTS_S,
            "without_injection": {"sounding": alarms, "days": round(days, 4)},
            "disturbances": {name: _counts(of) for name, of in judged.items()},
            "late": [_late(one) for of in judged.values() for one in of if not one.in_time],
        }
        typer.echo(json.dumps(report))
    else:
        _show(judged, f"{alarms} alarms sound in {days:.2f} days of {len(recordings)} recordings without injection")
    if any(not one.in_time for of in judged.values() for one in of):
        raise typer.Exit(1)


def read_recordings(path: Path) -> dict[str, NDArray[np.float64]]:
    """The recordings of a file, each [T, 9] with columns as in NUMERICS, NaN where nothing was recorded.

    Raises:
        KeyError: a column is missing.
        ValueError: a field is no number.
    """
    rows: defaultdict[str, list[list[float]]] = defaultdict(list)
    with path.open(newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            rows[row["record"]].append([float(row[name] or "nan") for name in _COLUMNS])
    columns = [NUMERICS.index(name) for name in _COLUMNS.values()]
    recordings = {}
    for name, numbers in rows.items():
        values = np.full((len(numbers), len(NUMERICS)), np.nan)
        values[:, columns] = numbers
        recordings[name] = values
    return recordings


def _counts(judged: list[Judged]) -> dict[str, float]:
    delays_s = [one.delay_s for one in judged if one.delay_s is not None]
    return {
        "injected": len(judged),
        "in_time": sum(one.in_time for one in judged),
        "median_delay_s": round(float(np.median(delays_s)), 1) if delays_s else 0.0,
        "longest_delay_s": round(max(delays_s, default=0.0), 1),
    }


def _late(one: Judged) -> dict[str, str | float | None]:
    return {
        "recording": one.recording,
        "violation": one.violation.name,
        "disturbance": one.disturbance.name,
        "delay_s": one.delay_s,
        "within_s": one.within_s,
    }


def _show(judged: dict[str, list[Judged]], title: str) -> None:
    console = Console()
    table = Table("besides", "put in", "alarm in time", "median delay (s)", "longest (s)", title=title)
    for name, of in judged.items():
        counts = _counts(of)
        table.add_row(
            name,
            f"{counts['injected']:,}",
            f"{counts['in_time']:,}",
            f"{counts['median_delay_s']}",
            f"{counts['longest_delay_s']}",
        )
    console.print(table)
    for of in judged.values():
        for one in of:
            if not one.in_time:
                console.print(
                    f"late: {one.violation.name} in {one.recording}, {one.disturbance.name}: {one.delay_s} s, "
                    f"due within {one.within_s:.0f} s",
                    markup=False,
                    highlight=False,
                )
