"""`wardwatch evaluate alarms`: alarms on recorded stays, by the live rules and by bare limits."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import numpy as np
import typer
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from models.risk.lab.metrics import INTERVAL
from models.risk.lab.report import cell, numbers
from models.risk.lab.sepsis.data import read_stays
from models.risk.lab.split import Part, take_part
from models.risk.lab.stays import DataError, Stays
from models.risk.model import SHIPPED, ModelError
from models.watch.lab.alarm_report import TECHNIQUES, Report, page
from models.watch.lab.burden import Lead, Rate, leads, rates
from models.watch.lab.techniques import Compared, compare, hours_of
from stream.commands.refusal import read_settings
from stream.commands.replay import SIMULATED
from stream.feeds.events import Feed
from stream.feeds.recordings import onsets, recorded
from stream.feeds.simulate import Ward, simulated
from stream.rehearsal.alarms import RiskModelWithoutDrivers, play_alarms

_REFUSED: Final = 2  # exit code
_START: Final = datetime(2026, 1, 1, tzinfo=UTC)  # of the feed's clock; fixed for reproducible results
_HOURS: Final = 24.0
_PATIENTS: Final = 16
_PLAIN_WIDTH: Final = 160  # columns, where the output is no terminal
_SAID: Final = {
    "live": "alarms that begin, get worse or sound again by the live rules, per patient-day (24 h with a frame)",
    "limits": "the same by the limits alone: each time a value goes over one; no delay, no hysteresis, no memory",
    "suppressed": "alarms of the live rules that begin or get worse in silence, since a greater one sounds or "
    "since they only inform",
    "begun": "alarms that begin or get worse by the live rules, whether or not a greater one sounds",
    "held_back": "1 - live / limits",
    "septic": "stays in which such an alarm begins or gets worse in the 12 h up to onset / septic stays",
    "others": "the same in 12 h that chance chose / stays without sepsis",
    "lead_h": "median hours from the first of these alarms to the onset",
    "compared": "runs of hours in which a technique is at or over a threshold, of half of the patients; the threshold "
    "was chosen on the others, to find as many septic stays as the reference, or to be no longer in alarm than it",
}


def evaluate(
    data: str, part: Part, patients: int | None, model: Path | None, report: Path | None = None, *, as_json: bool
) -> None:
    """Play the stays and print the counts; exit with status 2 where data or model can't be used.

    `report` is the file to which a page with tables and plots is written.
    """
    console = Console(stderr=True)
    try:
        with Progress(console=console, transient=True) as progress:
            risk = RiskModelWithoutDrivers.load(model or SHIPPED)
            stays = None if data == SIMULATED else _stays(Path(data), part, patients)
            task = progress.add_task("records", total=None)
            feed = _feed(stays, patients)
            heard, refused = play_alarms(feed, risk, read_settings(), lambda count: progress.advance(task, count))
            progress.update(task, description="measuring")
            onset_s = {} if stays is None else {name: at.timestamp() for name, at in onsets(stays, _START).items()}
            found, early = rates(heard), leads(heard, onset_s)
            hours = hours_of(heard, onset_s) if onset_s else None
            compared = compare(hours) if hours else []
            size = {
                "patients": len(heard.hours),
                "septic": len(onset_s),
                "hours": sum(map(len, heard.hours.values())),
                "refused": refused,
            }
            title = ", ".join(f"{count} {name}" for name, count in size.items())
            title = f"{title}; {risk.version} (not for clinical use)"
            if report is not None:
                by_technique = {name: leads(heard, onset_s, getattr(heard, name)) for name in TECHNIQUES}
                told = Report(title, found, by_technique, compared, hours, _SAID)
                report.write_text(page(told), encoding="utf-8")
    except (DataError, ModelError, OSError) as error:
        console.print(str(error), style="red", markup=False, highlight=False, soft_wrap=True)
        raise typer.Exit(_REFUSED) from None
    if as_json:
        said = {
            "model": risk.version,
            "data": size,
            "interval": INTERVAL,
            "definitions": _SAID,
            "alarms": [_rate(one) for one in found],
            "before_onset": [_lead(one) for one in early],
            "compared": [_compared(one) for one in compared],
        }
        typer.echo(json.dumps(said, allow_nan=False))
    else:
        _show(title, found, early, compared)


def _stays(path: Path, part: Part, patients: int | None) -> Stays:
    stays = take_part(read_stays(path), part)
    return stays.take(np.arange(min(len(stays), patients or len(stays))))


def _feed(stays: Stays | None, patients: int | None) -> Feed:
    if stays is None:
        return simulated(Ward(patients or _PATIENTS, _START, _HOURS))
    return recorded(stays, _START)


def _held_back(rate: Rate) -> float | None:
    """Return the share of the bare limits' alarms that the rules suppress; None where the limits have none."""
    return 1 - rate.live.value / rate.limits.value if rate.limits.value > 0 else None


def _rate(one: Rate) -> dict[str, object]:
    return {
        "condition": one.condition,
        "type": one.type,
        "priority": one.priority,
        "live": numbers(one.live),
        "limits": numbers(one.limits),
        "suppressed": numbers(one.suppressed),
        "begun": numbers(one.begun),
        "held_back": None if (held := _held_back(one)) is None else round(held, 4),
    }


def _lead(one: Lead) -> dict[str, object]:
    figures = {"septic": one.septic, "others": one.others, "lead_h": one.lead_h}
    return {"condition": one.condition} | {name: numbers(figure) for name, figure in figures.items()}


def _compared(one: Compared) -> dict[str, object]:
    figures = {name: numbers(figure) for name, figure in one.figures._asdict().items()}
    return {"technique": one.technique, "threshold": round(one.threshold, 6), "equal": one.equal} | figures


def _show(title: str, found: list[Rate], early: list[Lead], compared: list[Compared]) -> None:
    console = Console()
    if not console.is_terminal:
        console.width = _PLAIN_WIDTH
    console.print(title)
    columns = ("condition", "priority", "live rules", "limits alone", "held back", "suppressed")
    table = Table(*columns, title="alarms per patient-day")
    for one in found:
        held = _held_back(one)
        shown = "-" if held is None else f"{held:.0%}"
        live, limits, suppressed = (cell(figure, 2) for figure in (one.live, one.limits, one.suppressed))
        table.add_row(one.condition, one.priority, live, limits, shown, suppressed)
    console.print(table)
    if early:
        table = Table(
            "condition", "septic stays", "other stays", "lead time, h", title="alarms in the 12 h up to onset"
        )
        for lead in early:
            table.add_row(lead.condition, cell(lead.septic, 3), cell(lead.others, 3), cell(lead.lead_h, 1))
        console.print(table)
    if compared:
        console.print(_compared_table(compared))
    console.print(f"In brackets: {INTERVAL}.")
    for name, text in _SAID.items():
        console.print(f"{name}: {text}")


def _compared_table(compared: list[Compared]) -> Table:
    heads = (
        "technique",
        "equal to",
        "threshold",
        "hours a day",
        "alarms a day",
        "septic stays",
        "other stays",
        "lead, h",
    )
    table = Table(*heads, title="NEWS2, forecast and both, of the patients on whom no threshold was chosen")
    for one in compared:
        figures = one.figures
        burden = cell(figures.hours_per_day, 2), cell(figures.per_day, 2)
        shares = cell(figures.septic, 3), cell(figures.others, 3)
        row = (one.technique, one.equal or "-", f"{one.threshold:.3g}", *burden, *shares, cell(figures.lead_h, 1))
        table.add_row(*row)
    return table
