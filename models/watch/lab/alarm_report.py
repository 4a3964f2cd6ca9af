"""The evaluation of alarms as one HTML page: tables with intervals, plots, and what each figure means."""

import base64
from collections.abc import Iterable, Mapping, Sequence
from html import escape
from io import BytesIO
from typing import Final, NamedTuple

from matplotlib.figure import Figure

from models.risk.lab.metrics import INTERVAL
from models.risk.lab.report import cell
from models.watch.lab.burden import ANY, Lead, Rate
from models.watch.lab.techniques import BOTH, FORECAST, NEWS2, REFERENCES, Compared, Hours, Point, curve

_DPI: Final = 110
_SHOWN: Final = 14  # conditions in the plot of burden
_STYLE: Final = """body{font:15px/1.5 system-ui,sans-serif;max-width:70rem;margin:2rem auto;padding:0 1rem;color:#222}
table{border-collapse:collapse;margin:1rem 0}th,td{padding:.25rem .7rem;text-align:right;border-bottom:1px solid #ddd}
th:first-child,td:first-child,th:nth-child(2),td:nth-child(2){text-align:left}img{max-width:100%}
@media(prefers-color-scheme:dark){body{background:#161616;color:#ddd}td,th{border-color:#444}img{background:#fff}}"""
TECHNIQUES: Final = {"limits": "limits alone", "begun": "rules, nothing suppressed", "live": "live rules"}
"""What the figures by technique are called: delays, hysteresis and memory off and on, then suppression on too."""


class Report(NamedTuple):
    """What is told.

    title     what was played, and by which model
    rates     by condition and priority
    leads     by technique, as in TECHNIQUES
    compared  NEWS2, forecast and both
    hours     of which these were made; None where no stay is labelled
    said      definitions, by name
    """

    title: str
    rates: Sequence[Rate]
    leads: Mapping[str, Sequence[Lead]]
    compared: Sequence[Compared]
    hours: Hours | None
    said: Mapping[str, str]


def page(report: Report) -> str:
    """The whole page; nothing of it is fetched from elsewhere."""
    parts = [
        f"<h1>Alarms on recorded stays</h1><p>{escape(report.title)}. In brackets: {escape(INTERVAL)}.</p>",
        "<h2>Alarms per patient-day, by condition and technique</h2>",
        _picture(_burden(report.rates), "Alarms per patient-day of the most frequent conditions, by technique"),
        _table(("condition", "priority", *TECHNIQUES.values()), _rates(report.rates)),
    ]
    if report.hours is not None:
        parts += [
            "<h2>NEWS2, forecast and both, at equal sensitivity and at equal burden</h2>",
            f"<p>{_HALVES}</p>",
            _picture(_curves(report.hours), "Share of septic stays that are found, by hours in alarm per patient-day"),
            _table(_COMPARED, map(_compared, report.compared)),
            "<h2>Alarms in the 12 hours up to onset, by condition and technique</h2>",
            _table(("condition", "technique", "septic stays", "other stays", "lead time, h"), _leads(report.leads)),
        ]
    listed = "".join(f"<dt>{escape(name)}</dt><dd>{escape(text)}</dd>" for name, text in report.said.items())
    parts += ["<h2>What the figures mean</h2>", f"<dl>{listed}</dl>", "<p><strong>Not for clinical use.</strong></p>"]
    head = f'<meta charset="utf-8"><title>Wardwatch: alarms</title><style>{_STYLE}</style>'
    return f'<!doctype html><html lang="en"><head>{head}</head><body>{"".join(parts)}</body></html>\n'


_HALVES: Final = (
    "Burden: hours at or over the threshold. A run of them is one alarm. Thresholds were chosen on one half of the "
    "patients, the figures are of the other half. Both: the mean of the ranks of score and forecast."
)
_COMPARED: Final = (
    "technique",
    "equal to",
    "threshold",
    "hours in alarm per patient-day",
    "alarms per patient-day",
    "septic stays",
    "other stays",
    "lead time, h",
)


def _rates(rates: Iterable[Rate]) -> Iterable[Sequence[str]]:
    for one in rates:
        yield one.condition, one.priority, *(cell(getattr(one, name), 2) for name in TECHNIQUES)


def _compared(one: Compared) -> Sequence[str]:
    found = one.figures
    threshold = f"{one.threshold:.0f}" if one.technique == NEWS2 else f"{one.threshold:.3f}"
    shares = (cell(found.septic, 3), cell(found.others, 3))
    burden = (cell(found.hours_per_day, 2), cell(found.per_day, 2))
    return one.technique, one.equal or "-", threshold, *burden, *shares, cell(found.lead_h, 1)


def _leads(leads: Mapping[str, Sequence[Lead]]) -> Iterable[Sequence[str]]:
    conditions = dict.fromkeys(one.condition for of in leads.values() for one in of)
    for condition in conditions:
        for name, of in leads.items():
            for one in of:
                if one.condition == condition:
                    figures = (cell(one.septic, 3), cell(one.others, 3), cell(one.lead_h, 1))
                    yield condition, TECHNIQUES[name], *figures


def _table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    head = "".join(f"<th>{escape(one)}</th>" for one in heads)
    body = "".join(f"<tr>{''.join(f'<td>{escape(one)}</td>' for one in row)}</tr>" for row in rows)
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def _picture(figure: Figure, shows: str) -> str:
    png = BytesIO()
    figure.savefig(png, format="png", dpi=_DPI, metadata={"Software": None})
    return f'<img alt="{escape(shows)}" src="data:image/png;base64,{base64.b64encode(png.getvalue()).decode()}">'


def _burden(rates: Sequence[Rate]) -> Figure:
    """Bars: the most frequent conditions, all priorities together, by technique."""
    counts: dict[str, dict[str, float]] = {}
    for one in rates:
        if one.condition != ANY:
            of = counts.setdefault(one.condition, dict.fromkeys(TECHNIQUES, 0.0))
            for name in TECHNIQUES:
                of[name] += getattr(one, name).value
    shown = sorted(counts, key=lambda name: -counts[name]["live"])[:_SHOWN]
    figure = Figure(figsize=(8.0, 4.6), layout="constrained")
    axes = figure.add_subplot()
    width = 0.8 / len(TECHNIQUES)
    for nth, (name, called) in enumerate(TECHNIQUES.items()):
        axes.bar(
            [at + nth * width for at in range(len(shown))], [counts[one][name] for one in shown], width, label=called
        )
    axes.set_xticks([at + width for at in range(len(shown))], shown, rotation=40, ha="right")
    axes.set_ylabel("alarms per patient-day")
    axes.grid(axis="y", alpha=0.3)
    axes.legend(frameon=False)
    return figure


def _curves(hours: Hours) -> Figure:
    """Sensitivity by burden, a line for each technique, with dots where the others are compared to it."""
    figure = Figure(figsize=(8.0, 4.6), layout="constrained")
    axes = figure.add_subplot()
    for name in (NEWS2, FORECAST, BOTH):
        points = curve(hours, name)
        axes.plot([one.hours_per_day for one in points], [one.septic for one in points], label=name)
        marked: list[Point] = [one for one in points if name == NEWS2 and one.threshold in REFERENCES]
        axes.plot([one.hours_per_day for one in marked], [one.septic for one in marked], "ko", markersize=4)
        for one in marked:
            axes.annotate(f"{one.threshold:.0f}", (one.hours_per_day, one.septic))
    axes.set_xlabel("hours in alarm per patient-day")
    axes.set_ylabel("share of septic stays found")
    axes.set_ylim(0, 1)
    axes.grid(alpha=0.3)
    axes.legend(frameon=False)
    return figure
