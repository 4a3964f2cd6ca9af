"""The ward on a terminal: beds, recent outputs and counts as rich renderables. Pure."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from operator import attrgetter
from typing import Final, NamedTuple

from rich.console import Group, JustifyMethod, RenderableType
from rich.layout import Layout
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from schemas.alerts import Alert, WardStatus
from schemas.topics import TOPICS
from stream.demo.latency import Latency
from stream.subscriber.lines import PHASE_MARK, PRIORITY_STYLE, lesion
from stream.subscriber.terminal import printable_text
from stream.subscriber.ward import PRIORITIES, Bed, Ward

POINTS_STYLE: Final = {None: "dim", 0: "green", 1: "yellow", 2: "dark_orange", 3: "bold red1"}
"""Style by NEWS2 points of a parameter; the colours are ours, after the chart's white, yellow, orange and red."""
BAND_STYLE: Final = {
    "low": "green",
    "low-medium": "bold black on yellow3",
    "medium": "bold black on dark_orange",
    "high": "bold white on red3",
}
_SHORT: Final = (
    ("heart-rate", "HR"),
    ("heart_rate", "HR"),
    ("respiratory-rate", "RR"),
    ("respiratory_rate", "RR"),
    ("mean-arterial", "MAP"),
    ("systolic", "SBP"),
    ("spo2", "SpO2"),
    ("news2", "NEWS2"),
    ("temperature", "temp"),
    ("sensor-off:", "off:"),
)
"""Abbreviations of words in the names of conditions, as in the table's head."""
_PRIORITY_MARK: Final = {"high": "‼", "medium": "!", "low": "·"}
_SET: Final = "⚙"  # before what staff have set
_BARS: Final = "▁▂▃▄▅▆▇█"
_FULL_BAR: Final = (
    0.16  # probability of a full bar of the trend: two per cent per step, since a calibrated risk is small
)
_STEP: Final = 1.25  # least change of risk from hour to hour, as a ratio, that is shown as an arrow
_MOST_BEDS: Final = 12  # more do not fit a terminal
_MOST_ALARMS: Final = 3  # conditions named in a bed's row
_LEAST_ALARMS: Final = 12  # characters of the last column of beds, which alone may be cut: it holds words
_FEWEST_BEDS: Final = 4  # fewer leave no room for news
_WIDE: Final = 110  # characters of a terminal whose head has room for an address
_HEAD_LINES: Final = 2
_BEDS_FRAME: Final = 3  # lines of its border and its titles
_NEWS_LINES: Final = 6
_COUNT_LINES: Final = 4
_FRAME: Final = 4  # characters of a border and its padding
_TITLE: Final = 4  # characters that a border keeps for itself beside a title
_PAD: Final = 1


@dataclass(frozen=True)
class Progress:
    """Progress of the demo; all durations in seconds."""

    simulated: bool
    elapsed_s: float
    total_s: float
    speed: float
    stage: str
    sent: int
    latency: Latency
    board: str | None = None  # address of the ward board


def screen(ward: Ward, progress: Progress, width: int, height: int) -> Layout:
    """Return the whole screen for a terminal of this size: head, beds, recent outputs, counts.

    What does not fit is left out, never cut: the columns that matter least, beds that are the least ill, panels below.
    """
    heading = _HEAD_LINES + (1 if _address_below(progress, width) else 0)
    with_counts = height >= heading + _BEDS_FRAME + 1 + _COUNT_LINES
    with_news = height >= heading + _BEDS_FRAME + _FEWEST_BEDS + _NEWS_LINES + _COUNT_LINES
    below = (_COUNT_LINES if with_counts else 0) + (_NEWS_LINES if with_news else 0)
    beds = _shown_beds(ward, max(1, min(_MOST_BEDS, height - heading - _BEDS_FRAME - below)))
    layout = Layout()
    news = Layout(name="news", minimum_size=_NEWS_LINES, visible=with_news)
    layout.split_column(
        Layout(head(ward, progress, width), name="head", size=heading),
        Layout(bed_table(ward, beds, width), name="beds", size=len(beds) + _BEDS_FRAME if with_news else None),
        news,
        Layout(counts(ward, progress, width), name="counts", size=_COUNT_LINES, visible=with_counts),
    )
    right = Layout(ratio=9)
    right.split_column(
        Layout(_suggestions(ward), name="suggestions", ratio=3), Layout(_reports(ward), name="reports", ratio=2)
    )
    news.split_row(Layout(_alerts(ward), name="alerts", ratio=11), right)
    return layout


def _address_below(progress: Progress, width: int) -> bool:
    return progress.board is not None and width < _WIDE


def head(ward: Ward, progress: Progress, width: int) -> RenderableType:
    """Return the head: title and notice, the ward's clock, and the remaining time."""
    below = _address_below(progress, width)
    who = "simulated patients" if progress.simulated else "recorded stays"
    grid = Table.grid(expand=True, padding=(0, 1))
    grid.add_column()
    grid.add_column(justify="right")
    clock = f"{ward.time:%a %H:%M}" if ward.time else "--:--"
    grid.add_row(
        Text.assemble(
            ("Wardwatch ", "bold cyan"),
            (f" {who} ", "black on cyan"),
            "  nothing is kept",
            (f"  also at {progress.board}" if progress.board and not below else "", "bold"),
        ),
        Text.assemble(("not for clinical use", "bold red1")),
    )
    grid.add_row(
        Text.assemble("ward clock ", (clock, "bold"), (f"  {progress.speed:,.0f} x real time", "dim")),
        Text.assemble((progress.stage, "bold"), f"  {progress.elapsed_s:.0f} s{_of(progress)}"),
    )
    return Group(grid, Text(f"also at {progress.board}", "bold")) if below else grid


def _of(progress: Progress) -> str:
    return f" of about {progress.total_s:.0f}" if progress.elapsed_s <= progress.total_s else ""


def _shown_beds(ward: Ward, most: int) -> list[Bed]:
    """Return all beds in order, or the worst ones where there are too many for a screen."""
    beds = sorted(ward.beds.values(), key=lambda bed: (len(bed.label), bed.label))
    return beds if len(beds) <= most else sorted(beds, key=_how_well)[:most]


def _how_well(bed: Bed) -> tuple[int, int]:
    """Return a sort key: a worse alarm comes first, then a higher score."""
    alarms = [PRIORITIES.index(one.priority) for one in bed.alarms.values() if one.signal != "off"]
    return (min(alarms, default=len(PRIORITIES)), -(bed.score.total if bed.score else -1))


class _Column(NamedTuple):
    """A column of the beds' table: the cells that it has need so many characters, and none is ever cut.

    weight  of two that do not both fit, the one with the lesser number stays
    """

    title: str
    width: int
    weight: int
    cell: Callable[[Bed], Text]
    right: bool = True


def bed_table(ward: Ward, beds: list[Bed], width: int) -> RenderableType:
    """Return a table with one row per bed; the colour of a number shows its NEWS2 points. A silent bed is grey."""
    named = max([len(f"{bed.label or bed.patient} {bed.who:>3}") for bed in beds], default=0)
    columns = _fitting(width - _FRAME - named - 2 * _PAD - _LEAST_ALARMS - 2 * _PAD)
    table = Table(expand=True, box=None, padding=(0, _PAD), header_style="bold dim", row_styles=("", "on grey7"))
    table.add_column("bed", justify="right", no_wrap=True)
    for column in columns:
        justify: JustifyMethod = "right" if column.right else "left"
        table.add_column(column.title, justify=justify, no_wrap=True, min_width=column.width)
    table.add_column("alarms", ratio=1, no_wrap=True, overflow="ellipsis")
    silent = ward.silent()
    for bed in beds:
        cells = [column.cell(bed) for column in columns]
        if bed.patient in silent:
            cells = [Text(cell.plain, "dim italic") for cell in cells]
        state = Text(f"silent since {silent[bed.patient]:%H:%M} ", "bold magenta") if bed.patient in silent else Text()
        table.add_row(
            printable_text(Text.assemble((bed.label or bed.patient, "bold"), (f" {bed.who:>3}", "dim"))),
            *cells,
            state.append_text(_alarms(bed.active())).append_text(_set_by_staff(ward, bed)),
        )
    hidden = len(ward.beds) - len(beds)
    title = f"{len(beds)} beds" if hidden == 0 else f"{len(beds)} worst of {len(ward.beds)} beds"
    keys = Text.assemble(
        "NEWS2 points of a number: ", *((f"{n} ", POINTS_STYLE[n]) for n in range(4)), ("unscored", "dim")
    )
    return Panel(table, title=title, title_align="left", subtitle=keys, subtitle_align="right", border_style="cyan")


def _fitting(space: int) -> list[_Column]:
    """Return the columns that fit, by weight, in the order of the table."""
    chosen = []
    for column in sorted(_COLUMNS, key=lambda one: one.weight):
        space -= column.width + 2 * _PAD
        if space < 0:
            break
        chosen.append(column)
    return [column for column in _COLUMNS if column in chosen]


def _number(bed: Bed, name: str, decimals: int = 0, *, scored: bool = True) -> Text:
    reading = bed.readings.get(name)
    if reading is None:
        return Text("·", "dim")
    if reading.value is None:
        return Text("off", "bold magenta")
    return Text(f"{reading.value:.{decimals}f}", POINTS_STYLE[bed.points(name)] if scored else "")


def _pressure(bed: Bed) -> Text:
    systolic, diastolic = _number(bed, "systolic_mmhg"), _number(bed, "diastolic_mmhg", scored=False)
    return systolic if systolic.plain in {"off", "·"} else systolic.append("/", "dim").append(diastolic.plain, "dim")


def _observed(bed: Bed, name: str, text: str) -> Text:
    return Text(text, POINTS_STYLE[bed.points(name)])


def _score(bed: Bed) -> Text:
    """Return the score; of one that lacks inputs its range, which is not called low where it may be more."""
    score = bed.score
    if score is None:
        return Text("·", "dim")
    if score.complete:
        return Text(f" {score.total} ", BAND_STYLE[score.band])
    unknown = score.band == "low" and score.upper > score.total
    return Text(f" {score.total}-{score.upper} ", "bold reverse dim" if unknown else BAND_STYLE[score.band])


def _risk(bed: Bed) -> Text:
    if bed.risk is None:
        return Text("·", "dim")
    if bed.risk.abstained:
        return Text("not known", "dim")
    style = "bold red1" if bed.risk.alarm else ""
    return Text.assemble((f"{bed.risk.probability:>5.1%} ", style), (_arrow(bed), style))


def _arrow(bed: Bed) -> str:
    """Return an arrow for the trend of the risk: now compared with the hour before the last closed one."""
    if bed.risk is None or not bed.trend:
        return " "
    before = bed.trend[-2] if len(bed.trend) > 1 else bed.trend[-1]
    now = bed.risk.probability
    return "↑" if now >= before * _STEP else "↓" if now * _STEP <= before else "→"


def bars(probabilities: Iterable[float]) -> str:
    """Return one bar per closed hour; a probability of `_FULL_BAR` fills it."""
    return "".join(_BARS[min(len(_BARS) - 1, int(p / _FULL_BAR * len(_BARS)))] for p in probabilities)


# fmt: off
_COLUMNS: Final = (
    _Column("HR", 3, 1, lambda bed: _number(bed, "heart_rate_bpm")),
    _Column("RR", 3, 5, lambda bed: _number(bed, "respiratory_rate_per_min")),
    _Column("SpO2", 4, 2, lambda bed: _number(bed, "spo2_percent")),
    _Column("BP", 7, 3, _pressure),
    _Column("MAP", 3, 10, lambda bed: _number(bed, "mean_arterial_mmhg", scored=False)),
    _Column("temp", 4, 6, lambda bed: _number(bed, "temperature_celsius", decimals=1)),
    _Column("O2", 3, 8, lambda bed: _observed(bed, "on_oxygen", {None: "", True: "O2", False: "air"}[bed.on_oxygen]),
            right=False),
    _Column("ACVPU", 5, 9, lambda bed: _observed(bed, "consciousness", (bed.consciousness or "")[:1].upper()),
            right=False),
    _Column("NEWS2", 7, 4, _score),
    _Column("sepsis risk", 11, 7, _risk, right=False),
    _Column("trend", 8, 11, lambda bed: Text(bars(bed.trend), "cyan"), right=False),
)
# fmt: on


def _alarms(active: list[Alert]) -> Text:
    text = Text()
    for alert in active[:_MOST_ALARMS]:
        style = PRIORITY_STYLE[alert.priority] if alert.presence else "dim"
        text.append(f"{_PRIORITY_MARK[alert.priority]} {_short(alert.condition)}", style).append(" ")
    if len(active) > _MOST_ALARMS:
        text.append(f"+{len(active) - _MOST_ALARMS}", "dim")
    return text


def _short(condition: str) -> str:
    for long, short in _SHORT:
        condition = condition.replace(long, short)
    return condition


def _set_by_staff(ward: Ward, bed: Bed) -> Text:
    """Return what staff have set for a bed's alarms and is in force."""
    parts = (one.part for one in ward.degraded.values() if one.component == "alarms" and one.patient == bed.patient)
    return Text(" ").join(Text(f"{_SET} {_short(part.replace(':', ' '))}", "cyan") for part in parts if part)


def _alerts(ward: Ward) -> RenderableType:
    rows = []
    settings = (one for one in ward.statuses if one.setting is not None)
    told: list[Alert | WardStatus] = [*ward.alerts, *settings]
    for alert in sorted(told, key=attrgetter("time"), reverse=True):
        if isinstance(alert, WardStatus):
            rows.append(_setting(ward, alert))
            continue
        over = alert.phase == "end"
        text = Text.assemble((f"{alert.time:%H:%M} ", "dim"), (f"{ward.label(alert.patient):>3} ", "bold"))
        mark = f" {PHASE_MARK[alert.phase]} "
        text.append(mark, "green" if over else PRIORITY_STYLE[alert.priority])
        text.append(f" {_short(alert.condition)} over" if over else f" {alert.text}", "dim" if over else "")
        rows.append(text)
    return _panel("alerts, newest first: time, bed", rows, "no alert yet")


def _setting(ward: Ward, status: WardStatus) -> Text:
    """Return what became of a record of `alarm-settings`, and whose it was."""
    text = Text.assemble((f"{status.time:%H:%M} ", "dim"), (f"{ward.label(status.patient or ''):>3} ", "bold"))
    by = status.setting.by if status.setting else ""
    return text.append(f" {_SET} ", "cyan").append(f" {by}: {status.text}")


def _suggestions(ward: Ward) -> RenderableType:
    rows = [
        Text.assemble(
            ("bed ", "dim"),
            f"{ward.label(one.patient):<3} ",
            one.text,
            (f"  {one.citation.guideline} {one.citation.edition}, {one.citation.strength}", "dim italic"),
        )
        for one in ward.suggestions
    ]
    return _panel("suggestions: proposals, never orders", rows, "none yet")


def _reports(ward: Ward) -> RenderableType:
    rows = [
        Text.assemble(("bed ", "dim"), f"{ward.label(one.patient):<3} ").append_text(lesion(one))
        for one in ward.reports
    ]
    return _panel("reports on images", rows, "none yet")


def _panel(title: str, rows: list[Text], empty: str) -> RenderableType:
    """Return rows in a frame, wrapped between words: a number is never cut."""
    body: RenderableType = Group(*map(printable_text, rows)) if rows else Text(empty, "dim")
    return Panel(body, title=title, title_align="left", border_style="grey50")


def counts(ward: Ward, progress: Progress, width: int) -> RenderableType:
    """Return the numbers of records in and out, the latency, and degraded components."""
    came_in = _row(("in   ", "bold"), [(f"{progress.sent:,} confirmed  ", ""), *_told(ward, "in")], width)
    came_out = _row(("out  ", "bold"), _told(ward, "out"), width)
    fast = progress.latency
    latency = f"input to output: p50 {fast.p50_ms:,.0f} ms, p99 {fast.p99_ms:,.0f} ms" if fast.outputs else ""
    return Panel(
        Group(came_in, came_out),
        title=_health(ward),
        title_align="right",
        subtitle=Text(latency if len(latency) <= width - _FRAME - _TITLE else "", "cyan"),
        subtitle_align="right",
        border_style="grey50",
    )


def _row(head: tuple[str, str], parts: list[tuple[str, str]], width: int) -> Text:
    """Return as many of the parts as fit beside each other."""
    row = Text.assemble(head)
    for text, style in parts:
        if len(row) + len(text.rstrip()) > width - _FRAME:
            return row.append("…", "dim")
        row.append(text, style)
    return row


def _health(ward: Ward) -> Text:
    """Return the latest message of each degraded component."""
    latest: dict[str, str] = {}
    for status in reversed(ward.statuses):
        if status.patient is None:
            latest[status.component] = status.state
    unwell = [component for component, state in latest.items() if state == "degraded"]
    return Text(", ".join(f"{component} degraded" for component in unwell), "bold red1")


def _told(ward: Ward, flow: str) -> list[tuple[str, str]]:
    topics = [name for name, topic in TOPICS.items() if topic.flow == flow and ward.counts[name]]
    return [(f"{name} {ward.counts[name]:,}  ", "bold red1" if name == "dead-letters" else "dim") for name in topics]


def as_of(moment: datetime | None) -> str:
    """Return a moment of the ward's clock for a progress line."""
    return f"{moment:%H:%M}" if moment else "--:--"
