"""The signal of an alarm: every row of the table, and every pair that has none."""

from itertools import product
from typing import get_args

import pytest

from models.alarms import lifecycle
from models.alarms.lifecycle import Event, Latching, Signal

# Typed from FHIR R6 DeviceAlert.signal.presence (docs/sources.md#alarm-words) and, where marked, our own choice.
EXPECTED: dict[tuple[Signal, Event, Latching], Signal] = {
    ("off", "condition-start", "latching"): "on",
    ("off", "condition-start", "non-latching"): "on",
    ("on", "condition-end", "non-latching"): "off",
    ("on", "condition-end", "latching"): "latched",
    ("on", "escalate", "latching"): "on",
    ("on", "escalate", "non-latching"): "on",
    ("on", "acknowledge", "latching"): "ack",
    ("on", "acknowledge", "non-latching"): "ack",
    ("ack", "condition-end", "latching"): "off",
    ("ack", "condition-end", "non-latching"): "off",
    ("ack", "escalate", "latching"): "on",  # ours
    ("ack", "escalate", "non-latching"): "on",  # ours
    ("ack", "acknowledge", "latching"): "ack",  # ours
    ("ack", "acknowledge", "non-latching"): "ack",  # ours
    ("ack", "acknowledgement-expired", "latching"): "on",  # ours
    ("ack", "acknowledgement-expired", "non-latching"): "on",  # ours
    ("latched", "acknowledge", "latching"): "off",
    ("latched", "condition-start", "latching"): "on",  # ours
    ("on", "patient-left", "latching"): "off",  # ours
    ("on", "patient-left", "non-latching"): "off",  # ours
    ("ack", "patient-left", "latching"): "off",  # ours
    ("ack", "patient-left", "non-latching"): "off",  # ours
    ("latched", "patient-left", "latching"): "off",  # ours
}
ALL: list[tuple[Signal, Event, Latching]] = list(product(get_args(Signal), get_args(Event), get_args(Latching)))


@pytest.mark.parametrize(("signal", "event", "kind"), [pair for pair in ALL if pair in EXPECTED])
def test_a_signal_goes_where_the_table_says(signal: Signal, event: Event, kind: Latching) -> None:
    assert lifecycle.follow(signal, event, latching=kind == "latching") == EXPECTED[signal, event, kind]


@pytest.mark.parametrize(("signal", "event", "kind"), [pair for pair in ALL if pair not in EXPECTED])
def test_a_pair_without_a_row_is_refused(signal: Signal, event: Event, kind: Latching) -> None:
    with pytest.raises(lifecycle.NoTransitionError, match=f"signal is {signal} cannot meet {event}"):
        lifecycle.follow(signal, event, latching=kind == "latching")


def test_no_pair_stands_in_the_table_twice() -> None:
    pairs = [(signal, event, kind) for signal, event, kinds, _, _ in lifecycle.ROWS for kind in kinds]
    assert len(pairs) == len(set(pairs)) == len(EXPECTED)


def test_every_row_has_its_source() -> None:
    assert all(source for *_, source in lifecycle.ROWS)


def test_a_latching_signal_never_stops_by_itself() -> None:
    silenced = {
        event
        for (signal, event, kind), after in lifecycle.NEXT.items()
        if kind == "latching" and after == "off" and signal in ("on", "latched")
    }
    assert silenced == {"acknowledge", "patient-left"}
