"""What each row of a micro-batch knows, against an account of it in words that looks at one frame after the other."""

import math
from collections.abc import Sequence
from dataclasses import replace
from random import Random
from typing import Any

import numpy as np
import pytest

from models import vitals
from models.misread_units import faults
from models.scores import news2
from models.scores.oxygen import OXYGEN_FROM_FRACTION
from models.watch.frames import Rows, follow, known_total
from models.watch.state import COLUMNS, PatientState
from schemas.vitals import NUMERICS
from tests.builders.watch_frames import LATENESS_MS, WELL, Sent, frames

PATIENTS = 3
MINUTE_MS = 60_000


class Account:
    """One patient's rows, frame by frame."""

    def __init__(self, state: PatientState) -> None:
        self.now_ms, self.arrived_ms, self.heard_ms = state.newest_ms, state.arrived_ms, state.heard_ms
        self.value, self.value_ms = state.value.tolist(), state.value_ms.tolist()
        self.told_ms, self.seen_ms, self.every_ms = (
            one.tolist() for one in (state.told_ms, state.seen_ms, state.every_ms)
        )
        self.fault = state.fault.tolist()
        self.stay = state.stay
        self.points = self._points() if state.points is None else state.points.tolist()
        if state.stay.too_young_for_news2:
            self.points = [news2.MISSING] * len(news2.PARAMETERS)

    def take(self, time_ms: int, arrived_ms: int, sent: Sequence[float]) -> dict[str, Any]:
        """Take in a frame that was measured then by the ward's clock; what its row says, by name."""
        usable, flags, doubtful = (one[0].tolist() for one in vitals.clean(np.array([sent[: len(NUMERICS)]])))
        found = faults(np.array([sent[: len(NUMERICS)]]), np.array([flags], np.uint8))[0].tolist()
        numbers = [*usable, *sent[len(NUMERICS) :]]
        before_ms, quarter = self.now_ms, self.now_ms // (15 * MINUTE_MS)
        self.now_ms, self.arrived_ms = max(before_ms, time_ms), max(self.arrived_ms, arrived_ms)
        waited_ms = before_ms + self.arrived_ms - self.heard_ms - 2000 if self.heard_ms else 0
        row: dict[str, Any] = {"due_ms": max(self.now_ms - 1, waited_ms), "late": time_ms < before_ms - LATENESS_MS}
        if self.now_ms > before_ms:
            self.heard_ms = self.arrived_ms
        columns = [self._column(at, time_ms, number, not math.isnan(sent[at])) for at, number in enumerate(numbers)]
        for at, (column, number) in enumerate(zip(columns, found, strict=False)):
            if column["told"]:
                self.fault[at] = number
        row |= {name: [column[name] for column in columns] for name in columns[0]}
        row["stale"] = row["stale"][: len(NUMERICS)]
        valid, new = row.pop("valid"), row.pop("new")
        row["doubled"] = any(valid) and not any(new) and time_ms <= before_ms
        row["graded"] = [other if math.isnan(one) else one for one, other in zip(usable, doubtful, strict=True)]
        points, young = self.points, self.stay.too_young_for_news2
        self.points = [news2.MISSING] * len(points) if young else self._points()
        changed = self.points != points or self.now_ms // (15 * MINUTE_MS) != quarter
        return row | {
            "first": False,
            "time_ms": time_ms,
            "now_ms": self.now_ms,
            "arrived_ms": self.arrived_ms,
            "heard_ms": self.heard_ms,
            "current": list(self.value),
            "current_ms": list(self.value_ms),
            "told_ms": list(self.told_ms),
            "seen_ms": list(self.seen_ms),
            "every_ms": list(self.every_ms),
            "flags": flags,
            "fault": list(self.fault),
            "zero": [one == 0 for one in sent[: len(NUMERICS)]],
            "points": list(self.points),
            "scored": changed and not young,
        }

    def _column(self, at: int, time_ms: int, number: float, sent: bool) -> dict[str, Any]:  # noqa: FBT001 - of a frame
        before_ms, paced_ms, known = self.told_ms[at], self.every_ms[at], self.value[at]
        valid, fresh, again = (
            sent and not math.isnan(number),
            sent and time_ms > before_ms,
            sent and time_ms == before_ms,
        )
        charted = paced_ms < 0 or paced_ms > MINUTE_MS
        corrects, same = again and valid and charted, again and known == number
        counts = (valid and fresh) or corrects
        if fresh:
            self.every_ms[at] = time_ms - before_ms if before_ms else -1
        if counts:
            self.value[at], self.value_ms[at] = number, time_ms
        if sent:
            self.told_ms[at], self.seen_ms[at] = max(before_ms, time_ms), max(self.seen_ms[at], self.now_ms)
        told = fresh or (corrects and not same)
        return {
            "told": told,
            "gap_ms": self.every_ms[at] if fresh else paced_ms,
            "paced_ms": paced_ms,
            "applied": number if counts and not same else math.nan,
            "replaced": known if corrects and not same else math.nan,
            "stale": sent and not told and not same,
            "valid": valid,
            "new": counts and not same,
        }

    def _points(self) -> list[int]:
        known = dict(zip(COLUMNS, self.value, strict=True))
        known_ms = dict(zip(COLUMNS, self.value_ms, strict=True))
        fraction, fraction_ms = known["fio2_fraction"], known_ms["fio2_fraction"]
        if not math.isnan(fraction):
            enriched = float(fraction >= OXYGEN_FROM_FRACTION)
            newer = fraction_ms > known_ms["on_oxygen"] or (fraction_ms == known_ms["on_oxygen"] and enriched)
            if newer or math.isnan(known["on_oxygen"]):
                known["on_oxygen"], known_ms["on_oxygen"] = enriched, fraction_ms
        for name in news2.PARAMETERS:
            if self.now_ms - known_ms[name] > 1000 * news2.MAX_AGE_S[name]:
                known[name] = math.nan
        named = [-1 if math.isnan(known[name]) else int(known[name]) for name in ("on_oxygen", "consciousness")]
        oxygen, consciousness = (np.array([one], np.int8) for one in named)
        numbers = np.array([[known[name] for name in NUMERICS]])
        points: list[int] = news2.points(numbers, oxygen, consciousness, np.array([self.stay.spo2_scale == 2]))[
            0
        ].tolist()
        return points


VALUES: dict[str, tuple[float, ...]] = {
    "heart_rate_bpm": (72.0, 72.0, 115.0, 0.0, 230.0, 320.0),
    "spo2_percent": (98.0, 94.0, 88.0, 0.95),
    "systolic_mmhg": (122.0, 95.0, 60.0),
    "mean_arterial_mmhg": (88.0, 70.0),
    "diastolic_mmhg": (71.0, 65.0),
    "temperature_celsius": (36.8, 38.5, 101.0),
    "etco2_mmhg": (38.0, 0.0),
    "fio2_fraction": (0.21, 0.4),
    "on_oxygen": (0.0, 1.0),
    "consciousness": (0.0, 2.0),
}


def some(dice: Random, begin_s: float) -> list[Sent]:
    """Frames of all patients but perhaps one; some late, some of the same moment as the one before."""
    sent = []
    for patient in dice.sample(range(PATIENTS), PATIENTS - dice.choice([0, 0, 1])):
        at_s = begin_s
        for _ in range(dice.randint(1, 9)):
            at_s += dice.choice([0.0, 0.0, 1.0, 1.0, 60.0, 60.001, 400.0, 700.0, 4000.0])
            behind_s = dice.choice([0.0] * 6 + [2.0, 30.0, 30.001, 500.0])
            names = dice.sample(sorted(VALUES), dice.randint(0, 5))
            measured = {name: dice.choice(VALUES[name]) for name in names}
            arrived_s = at_s + dice.choice([0.0, 0.0, 1.0, 2.5, -5.0])
            sent.append(Sent(patient, at_s - behind_s, measured, "", -1, arrived_s))
    return sorted(sent, key=lambda one: one.arrived_s or 0.0)


def state_after(state: PatientState, rows: Rows, patient: int) -> PatientState:
    """What is stored of a patient after these rows."""
    at = int(np.flatnonzero(rows.patient == patient)[-1])
    names = {"value": "current", "value_ms": "current_ms"}
    columns = ("value", "value_ms", "told_ms", "seen_ms", "every_ms", "fault")
    kept: dict[str, Any] = {name: getattr(rows, names.get(name, name))[at].copy() for name in columns}
    moments = {"newest_ms": "now_ms", "arrived_ms": "arrived_ms", "heard_ms": "heard_ms"}
    kept |= {name: int(getattr(rows, column)[at]) for name, column in moments.items()}
    return replace(state, points=rows.points[at].copy(), devices=rows.devices[patient], **kept)


@pytest.mark.parametrize("seed", range(40))
def test_every_row_knows_what_follows_from_the_frames_up_to_it(seed: int) -> None:
    dice = Random(seed)  # noqa: S311 - dice, no secret
    states = [PatientState() for _ in range(PATIENTS)]
    states[1] = replace(states[1], stay=replace(states[1].stay, spo2_scale=2))
    states[2] = replace(states[2], stay=replace(states[2].stay, age_years=dice.choice([3.0, 70.0])))
    for begin_s in (0.0, dice.choice([30_000.0, 100_000.0])):
        sent = some(dice, begin_s)
        rows, batch = follow(states, frames(sent), LATENESS_MS), frames(sent)
        accounts = [Account(state) for state in states]
        for at, (patient, frame) in enumerate(zip(rows.patient.tolist(), rows.frame.tolist(), strict=True)):
            if rows.first[at]:
                assert frame == -1
                assert rows.points[at].tolist() == accounts[patient].points
                assert not rows.told[at].any()
                assert not rows.flags[at].any()
                assert (rows.scored[at], rows.late[at]) == (False, False)
                assert (rows.now_ms[at], rows.due_ms[at], rows.lost[at]) == (states[patient].newest_ms, 0, -1)
                continue
            told = accounts[patient].take(
                int(rows.time_ms[at]), int(batch.arrived_ms[frame]), batch.values[frame].tolist()
            )
            assert patient == sent[frame].patient
            for name, expected in told.items():
                np.testing.assert_array_equal(getattr(rows, name)[at], expected, err_msg=f"{name} of row {at}")
        assert np.array_equal(rows.patient, np.sort(rows.patient))
        assert rows.first.sum() == PATIENTS
        for patient, account in enumerate(accounts):
            if not account.stay.too_young_for_news2:
                last = int(np.flatnonzero(rows.patient == patient)[-1])
                scale = states[patient].stay.spo2_scale
                total = known_total(rows.current[last], rows.current_ms[last], int(rows.now_ms[last]), scale)
                assert total == sum(point for point in account.points if point != news2.MISSING)
        states = [state_after(state, rows, patient) for patient, state in enumerate(states)]


def test_of_two_devices_the_score_counts_the_worse_number_and_stores_what_it_counted() -> None:
    spo2 = news2.PARAMETERS.index("spo2_percent")
    well = [Sent(0, at_s, WELL, "monitor") for at_s in (0.0, 1.0, 2.0)]
    low = [Sent(0, at_s + 0.5, {"spo2_percent": 90.0}, "oximeter") for at_s in (0.0, 1.0)]
    sent: list[Sent] = sorted([*well, *low], key=lambda one: one.after_s)
    rows = follow([PatientState()], frames(sent), LATENESS_MS)
    assert rows.points[:, spo2].tolist() == [news2.MISSING, 0, 3, 0, 3, 3]
    assert [rows.others[0].tolist(), rows.others[2][:, 2].tolist()] == [[4, 5], [98.0, 90.0]]
    again = follow([state_after(PatientState(), rows, 0)], frames([Sent(0, 2.0, {}, "monitor")]), LATENESS_MS)
    assert again.points[0, spo2] == 3
    gaps = {name: getattr(rows, name)[:, 2].tolist() for name in ("gap_ms", "paced_ms", "every_ms")}
    assert gaps["every_ms"] == [-1, -1, 500, 500, 500, 500]
    assert gaps["gap_ms"] == [-1, -1, -1, 1000, 1000, 1000]
    assert gaps["paced_ms"] == [-1, -1, -1, -1, -1, 1000]


def test_what_is_told_of_a_clock_names_the_row_in_which_it_is_noticed_and_lost_frames_theirs() -> None:
    ahead = [Sent(1, at_s + 60.0, WELL, "m", 1 + 2 * at, float(at_s)) for at, at_s in enumerate((1, 2))]
    rows = follow([PatientState(), PatientState()], frames([Sent(0, 0.0, WELL), *ahead]), LATENESS_MS)
    assert [(one.patient, one.row) for one in rows.clocks] == [(1, 4)]
    assert rows.lost.tolist() == [-1, -1, -1, 0, 1]
    assert [list(one) for one in rows.devices] == [[""], ["m"]]
