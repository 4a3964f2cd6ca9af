"""Summary of the demo: inputs, outputs, latency and losses. Pure."""

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from rich.console import Group, RenderableType
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from schemas.topics import TOPICS
from stream.demo.latency import Latencies
from stream.demo.order import OrderCard


@dataclass(frozen=True)
class Summary:
    """Counts of records; `lost` by input topic, empty when every confirmed input is accounted for.

    dead_letters  by the stage that failed
    settled       the worker had committed every input before the count; if not, open records count as lost
    died          the worker ended before it was told to
    alarm_settings  what became of the records of alarm-settings, by outcome
    card          what came back about an order by CDS Hooks; None where none was made
    """

    simulated: bool
    patients: int
    seconds: float
    inputs: Mapping[str, int]
    outputs: Mapping[str, int]
    dead_letters: Mapping[str, int]
    lost: Mapping[str, int]
    latencies: Latencies
    settled: bool
    interrupted: bool
    died: bool
    alarm_settings: Mapping[str, int]
    card: OrderCard | None = None

    @property
    def ok(self) -> bool:
        """Return whether nothing was lost and the worker kept running."""
        return not self.lost and not self.died

    def as_json(self) -> str:
        """Return the summary as one JSON object on one line."""
        latency = self.latencies.watch_path()
        said: dict[str, Any] = {
            "frames_in": self.inputs.get("vitals", 0),
            "inputs": dict(self.inputs),
            "outputs": dict(self.outputs),
            "dead_letters": sum(self.dead_letters.values()),
            "dead_letters_by_stage": dict(self.dead_letters),
            "alarm_settings": dict(self.alarm_settings),
            "card": None if self.card is None else self.card._asdict(),
            "lost": sum(self.lost.values()),
            "latency_ms": {"p50": _number(latency.p50_ms), "p99": _number(latency.p99_ms)},
            "simulated": self.simulated,
            "patients": self.patients,
            "seconds": round(self.seconds, 1),
            "settled": self.settled,
            "interrupted": self.interrupted,
            "worker_died": self.died,
            "notice": "not for clinical use",
        }
        return json.dumps(said)

    def shown(self) -> RenderableType:
        """Return the summary for the terminal."""
        table = Table(box=None, padding=(0, 2), header_style="bold dim")
        table.add_column("out")
        for name in ("records", "p50 ms", "p99 ms"):
            table.add_column(name, justify="right")
        for topic, count in self.outputs.items():
            latency = self.latencies.of(topic)
            table.add_row(topic, f"{count:,}", _cell(latency.p50_ms), _cell(latency.p99_ms))
        whole = self.latencies.watch_path()
        table.add_row(
            "from input to output, images left out", "", _cell(whole.p50_ms), _cell(whole.p99_ms), style="bold"
        )
        went_in = ", ".join(f"{topic} {count:,}" for topic, count in self.inputs.items() if count)
        who = "simulated patients" if self.simulated else "recorded stays"
        parts: list[RenderableType] = [
            Text.assemble(("in  ", "bold"), f"{self.patients} {who} in {self.seconds:.0f} s: {went_in}"),
            Text(),
            table,
            Text(),
            *([self._settings()] if self.alarm_settings else []),
            *([] if self.card is None else [self._order(self.card)]),
            self._accounts(),
        ]
        title = "Wardwatch demo, interrupted" if self.interrupted else "Wardwatch demo"
        return Panel(Group(*parts), title=title, title_align="left", border_style="cyan", subtitle=_NOTICE)

    def _settings(self) -> Text:
        outcomes = ", ".join(f"{count} {outcome}" for outcome, count in self.alarm_settings.items())
        return Text(f"alarm settings by staff: {outcomes}")

    def _order(self, card: OrderCard) -> Text:
        return Text(f"order of {card.drug} by CDS Hooks, card after {card.took_ms:.0f} ms: {card.summary}")

    def _accounts(self) -> Text:
        stages = ", ".join(f"{stage} {count}" for stage, count in self.dead_letters.items())
        text = Text(f"dead letters {sum(self.dead_letters.values())}{f' ({stages})' if stages else ''}\n")
        sent = sum(self.inputs.values())
        if self.died:
            text.append("the worker died; ", "bold red1")
        elif not self.settled:
            text.append("the worker was not done in time; ", "bold yellow")
        if self.lost:
            losses = ", ".join(f"{topic} {count}" for topic, count in self.lost.items())
            text.append(f"LOST {sum(self.lost.values())} of {sent:,} inputs: {losses}", "bold white on red3")
        else:
            text.append(f"lost 0: each of {sent:,} inputs is in a patient's state or a dead letter", "bold green")
        return text


_NOTICE = "nothing was kept · not for clinical use"


def output_counts(seen: Mapping[str, int]) -> dict[str, int]:
    """Return the counts of output records by topic in the contract's order, without dead letters."""
    return {name: seen.get(name, 0) for name, one in TOPICS.items() if one.flow == "out" and name != "dead-letters"}


def _number(value: float) -> float | None:
    return None if math.isnan(value) else round(value, 1)


def _cell(value: float) -> str:
    return "" if math.isnan(value) else f"{value:,.0f}"
