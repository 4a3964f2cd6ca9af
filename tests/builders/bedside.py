"""A bed as its devices see it: streams of numbers, and what is said of them by the time that the clock shows."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from models.watch.advance import advance_clock, advance_event
from models.watch.state import PatientState
from schemas.alerts import Alert, WardStatus
from schemas.wire import Wire
from tests.builders.watch_frames import START_MS, Sent, advanced

Measured = Mapping[str, float] | Callable[[float], Mapping[str, float]]


def stream(
    measured: Measured,
    start_s: float,
    end_s: float,
    every_s: float = 1.0,
    *,
    device: str = "",
    skew_s: float | Callable[[float], float] = 0.0,
    delay_s: float = 0.0,
    numbered: bool = False,
) -> list[Sent]:
    """Frames of one device from `start_s` until before `end_s`; `skew_s` is how wrong its clock is then."""
    frames: list[Sent] = []
    for number in range(round((end_s - start_s) / every_s)):
        at_s = start_s + number * every_s
        wrong_s = skew_s(at_s) if callable(skew_s) else skew_s
        values = measured(at_s) if callable(measured) else measured
        frames.append(Sent(0, at_s + wrong_s, dict(values), device, number if numbered else -1, at_s + delay_s))
    return frames


class Bed:
    """One patient: what has been said so far, by records and by the clock."""

    def __init__(self, state: PatientState | None = None) -> None:
        self.state = PatientState() if state is None else state
        self.records: list[Wire] = []

    def frames(self, *streams: Iterable[Sent]) -> "Bed":
        """Take in frames in order of arrival."""
        rows = sorted((one for frames in streams for one in frames), key=_arrived_s)
        done = advanced([self.state], rows)
        (self.state,) = done.states
        self.records += [one.record for one in done.said]
        return self

    def event(self, event: Wire, arrived_s: float) -> "Bed":
        """Take in a record that is no frame."""
        self.state, said = advance_event("p-1", self.state, event, START_MS + round(1000 * arrived_s))
        self.records += [one.record for one in said]
        return self

    def wait(self, until_s: float) -> "Bed":
        """Let the clock run on, nothing more coming."""
        self.state, said = advance_clock("p-1", self.state, START_MS + round(1000 * until_s))
        self.records += [one.record for one in said]
        return self

    def alerts(self, condition: str | None = None, **fields: Any) -> list[Alert]:
        """The alerts so far, of one condition and with these fields."""
        return [
            one
            for one in self.records
            if isinstance(one, Alert)
            and condition in {None, one.condition}
            and all(getattr(one, name) == value for name, value in fields.items())
        ]

    def statuses(self, component: str) -> list[WardStatus]:
        """What was said of a part of the ward."""
        return [one for one in self.records if isinstance(one, WardStatus) and one.component == component]

    def sounded_s(self, condition: str, priority: str | None = None) -> float | None:
        """When a condition first sounded, at this priority; None where it never did."""
        found = [one for one in self.alerts(condition, signal="on") if priority in {None, one.priority}]
        return after_s(found[0]) if found else None

    def sounds(self, condition: str) -> bool:
        """Whether it sounds now."""
        found = self.alerts(condition)
        return bool(found) and found[-1].signal == "on"


def after_s(record: Alert | WardStatus) -> float:
    """When, in seconds after the start."""
    return record.time.timestamp() - START_MS / 1000


def _arrived_s(one: Sent) -> float:
    return one.after_s if one.arrived_s is None else one.arrived_s


def bed(*streams: Sequence[Sent], until_s: float | None = None) -> Bed:
    """A bed after these streams, and after the clock has run on until then."""
    after = Bed().frames(*streams)
    return after if until_s is None else after.wait(until_s)
