"""The score's alarm, and those on its parts, with two devices at one bed: as a second, plain account has them.

The account knows of the score what its chart says, of two devices that the worse number counts, and of alarms what
`limit_oracle` says in words. It reads nothing of how the product does it.
"""

import os
from itertools import accumulate
from typing import Final

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from models.alarms.rules import LIMIT_RULES
from models.watch.advance import Timing, advance_clock, advance_frames
from models.watch.frames import ON_ITS_WAY_MS
from models.watch.state import PatientState
from schemas.alerts import Alert
from tests.builders.watch_frames import START_MS, WELL, Sent, frames
from tests.models.watch.limit_oracle import LimitOracle, Said

EXAMPLES: Final = int(os.environ.get("WARDWATCH_TEST_ORACLE_EXAMPLES", "150"))
"""100,000 take some hours: `make oracle`."""
TIMING: Final = Timing(30_000, 300_000)
RULES: Final = {rule.condition: rule for rule in LIMIT_RULES}
MONITOR, OXIMETER = "monitor", "oximeter"
BOTH_SHOW: Final = ("heart_rate_bpm", "spo2_percent")
ON_PARTS: Final = {"heart-rate-high": "heart_rate_bpm", "spo2-low": "spo2_percent"}
NUMBERS: Final = {
    "heart_rate_bpm": (80.0, 91.0, 111.0, 126.0, 131.0, 150.0, 181.0),
    "spo2_percent": (98.0, 95.0, 93.0, 92.0, 91.0, 90.0, 85.0, 79.0),
    "respiratory_rate_per_min": (15.0, 21.0, 24.0, 25.0),
    "systolic_mmhg": (122.0, 110.0, 100.0),
}
"""Numbers on both sides of the chart's edges and of the limits. No pressure alarms: that would ask for more columns."""
CHART: Final = {
    "heart_rate_bpm": ((40, 3), (50, 1), (90, 0), (110, 1), (130, 2), (999, 3)),
    "spo2_percent": ((91, 3), (93, 2), (95, 1), (100, 0)),
    "respiratory_rate_per_min": ((8, 3), (11, 1), (20, 0), (24, 2), (99, 3)),
    "systolic_mmhg": ((90, 3), (100, 2), (110, 1), (219, 0), (999, 3)),
}
"""Chart 1 of NEWS2 (RCP 2017): up to which number there are so many points."""

Round = tuple[int, dict[str, float], dict[str, float]]  # pause in s, what the monitor shows, and what the oximeter does


def points(column: str, number: float) -> int:
    return next(points for up_to, points in CHART[column] if number <= up_to)


def band(each: list[int]) -> int:
    """How severe a sum is: 3 from 7 points on, 2 from 5 on, 1 where a single parameter has 3."""
    return 3 if sum(each) >= 7 else 2 if sum(each) >= 5 else int(max(each) == 3)


class Bed:
    """What two devices show, and what is to be said of it."""

    def __init__(self) -> None:
        self._shown: dict[str, dict[str, float]] = {MONITOR: {}, OXIMETER: {}}
        self.alarms = {condition: LimitOracle(RULES[condition]) for condition in ("news2", *ON_PARTS)}

    def frame(self, at_s: float, device: str, numbers: dict[str, float]) -> None:
        self._shown[device] |= numbers
        for condition, column in ON_PARTS.items():
            if column in numbers:
                shown = [of[column] for of in self._shown.values() if column in of]
                self.alarms[condition].number(at_s, max(shown) if condition.endswith("high") else min(shown))
        each = [max(points(column, of[column]) for of in self._shown.values() if column in of) for column in CHART]
        self.alarms["news2"].number(at_s, band(each))

    def said(self, end_s: float) -> list[tuple[str, Said]]:
        for alarm in self.alarms.values():
            alarm.until(end_s)
        return sorted((condition, one) for condition, alarm in self.alarms.items() for one in alarm.said)


def sent(rounds: list[Round]) -> list[Sent]:
    """Each round the monitor sends, and a second later the oximeter; at first both show a patient who is well."""
    well = {column: WELL[column] for column in BOTH_SHOW}
    rows = [Sent(0, 0.0, dict(WELL), MONITOR), Sent(0, 1.0, well, OXIMETER)]
    for at_s, (_, monitor, oximeter) in zip(accumulate(one[0] for one in rounds), rounds, strict=False):
        rows += [Sent(0, float(at_s), monitor, MONITOR), Sent(0, at_s + 1.0, oximeter, OXIMETER)]
    return rows


def expected(rows: list[Sent], end_s: float) -> list[tuple[str, Said]]:
    bed = Bed()
    for one in rows:
        bed.frame(one.after_s, one.device, {name: one.measured[name] for name in CHART if name in one.measured})
    return bed.said(end_s)


def told(rows: list[Sent], end_s: float, cut: int) -> list[tuple[str, Said]]:
    """The same from the product, `cut` frames at a time, with the clock running after them."""
    state, said = PatientState(), []
    for start in range(0, len(rows), cut):
        done = advance_frames(["p-1"], [state], frames(rows[start : start + cut]), None, TIMING)
        (state,) = done.states
        said += [one.record for one in done.said]
    _, due = advance_clock("p-1", state, START_MS + round(1000 * end_s) + ON_ITS_WAY_MS - 1)
    alerts = [one for one in (*said, *(late.record for late in due)) if isinstance(one, Alert)]
    return sorted(
        (one.condition, Said(one.time.timestamp() - START_MS / 1000, one.phase, level_of(one)))
        for one in alerts
        if one.condition in ("news2", *ON_PARTS) and one.phase != "update"
    )


def level_of(alert: Alert) -> int:
    return [level.priority for level in RULES[alert.condition].levels].index(alert.priority)


@st.composite
def courses(draw: st.DrawFn) -> list[Round]:
    """Stretches of some rounds, in each of which the devices show the same again and again, as illness has it."""
    rounds: list[Round] = []
    for _ in range(draw(st.integers(1, 8))):
        monitor = {column: draw(st.sampled_from(numbers)) for column, numbers in NUMBERS.items()}
        agree = draw(st.booleans())
        other = {column: monitor[column] if agree else draw(st.sampled_from(NUMBERS[column])) for column in BOTH_SHOW}
        pause = draw(st.integers(2, 5))
        rounds += [(pause, monitor, other)] * draw(st.sampled_from((1, 1, 2, 4, 8, 20, 70)))
    return rounds


@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(courses(), st.integers(2, 40), st.integers(1, 30))
def test_the_score_s_alarm_and_those_on_its_parts_are_what_is_said_of_them_in_words_with_two_devices(
    rounds: list[Round], rest_s: int, cut: int
) -> None:
    rows = sent(rounds)
    end_s = rows[-1].after_s + rest_s + 0.25
    assert told(rows, end_s, cut) == expected(rows, end_s)
