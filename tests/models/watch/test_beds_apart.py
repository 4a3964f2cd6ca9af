"""What is said of a patient does not depend on whose frames come in the same batch, nor on where they stand in it."""

from dataclasses import replace
from random import Random

import pytest

from models.alarms.settings import Setting
from models.watch.advance import advance_frames
from models.watch.state import PatientState
from tests.builders.watch_frames import START_MS, TIMING, CountingModel, Sent, frames
from tests.models.watch.test_runs import runs

NAMES = ("p-1", "p-2", "p-3", "p-4")

Said = tuple[str, str, int, int | None]
"""A record: its topic, what it says, the frame that it follows from, and when it was due by the passing of time."""


def said(names: tuple[str, ...], states: list[PatientState], sent: list[Sent]) -> tuple[list[PatientState], list[Said]]:
    done = advance_frames(names, states, frames(sent), CountingModel(), TIMING)
    return done.states, [(one.topic, one.record.model_dump_json(), one.source, one.due_ms) for one in done.said]


def settled(dice: Random, begin_s: float) -> PatientState:
    """A patient for whom staff may have set a limit, or who is on standby, or for whom a condition is turned off."""
    until_ms = START_MS + round(1000 * (begin_s + dice.choice([20.0, 100.0, 1000.0])))
    one = Setting("limit", "heart-rate-high", START_MS, START_MS, until_ms, 100.0, "seen", "physician", "physician-1")
    standby = one._replace(action="standby", condition="", limit=None)
    chosen = dice.choice([(), (), (one,), (standby,)])
    off = dice.choice([frozenset[str](), frozenset({"respiratory-rate-high"})])
    return PatientState(settings={setting.place: setting for setting in chosen}, turned_off=off)


@pytest.mark.parametrize("seed", range(12))
def test_beds_of_one_batch_do_not_touch_each_other(seed: int) -> None:
    dice = Random(seed)  # noqa: S311 - dice, no secret
    states = [settled(dice, 0.0) for _ in NAMES]
    for begin_s in (0.0, 5000.0):
        own = [runs(dice, begin_s) if dice.random() < 0.9 else [] for _ in NAMES]
        sent = [one._replace(patient=at) for at, rows in enumerate(own) for one in rows]
        sent.sort(key=lambda one: (one.arrived_s or 0.0, one.patient))
        together, records = said(NAMES, states, sent)
        apart: list[Said] = []
        for at, name in enumerate(NAMES):
            places = [place for place, one in enumerate(sent) if one.patient == at]
            (_,), alone = said((name,), [states[at]], [sent[place]._replace(patient=0) for place in places])
            apart += [(topic, text, places[source], due_ms) for topic, text, source, due_ms in alone]
        assert sorted(records, key=str) == sorted(apart, key=str)
        states = [replace(one, turned_off=states[at].turned_off) for at, one in enumerate(together)]
