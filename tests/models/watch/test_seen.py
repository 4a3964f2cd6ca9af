"""Which signal an acknowledgement was of, by clocks that differ; and what else comes late or twice."""

from typing import Any

import numpy as np
import pytest

from models.alarms.episodes import Episode
from models.alarms.rules import SEPSIS_RISK
from models.treatment.facts import Pathology
from models.watch.advance import advance_event
from models.watch.events import apply
from models.watch.outputs import moment
from models.watch.state import PatientState
from schemas.alerts import Acknowledgement
from schemas.labs import LabResults
from schemas.pathology import PathologyFindings
from schemas.wire import Provenance
from tests.builders.bedside import Bed, stream
from tests.builders.watch_frames import START_MS, WELL

START_S = START_MS / 1000
MEDIUM, HIGH = WELL | {"spo2_percent": 88.0}, WELL | {"spo2_percent": 82.0}


def at(after_s: float) -> Any:  # noqa: ANN401 - a datetime
    return moment(START_MS + round(1000 * after_s))


def sounding() -> Bed:
    """Its saturation sounds since second 25."""
    return Bed().frames(stream(WELL, 0, 10), stream(MEDIUM, 10, 30))


def sounding_again() -> Bed:
    """It sounds since second 25, and again since second 45, when it got worse."""
    return sounding().frames(stream(HIGH, 30, 50))


def seen(bed: Bed, said_s: float, arrived_s: float | None = None) -> Episode:
    """The episode once somebody has acknowledged it."""
    (alert,) = {one.alert for one in bed.alerts("spo2-low")}
    event = Acknowledgement(alert=alert, patient="p-1", time=at(said_s), by="nurse")
    arrived_ms = None if arrived_s is None else START_MS + round(1000 * arrived_s)
    bed.state, _ = advance_event("p-1", bed.state, event, arrived_ms)
    return bed.state.episodes["spo2-low"]


@pytest.mark.parametrize("said_s", [-3600.0, 24.0, 25.0])
def test_an_alarm_that_sounded_once_can_have_been_seen_only_then(said_s: float) -> None:
    bed = sounding()
    others = set(bed.state.episodes)
    episode = seen(bed, said_s)
    assert (episode.signal, episode.acknowledged_s) == ("ack", START_S + 25)
    assert set(bed.state.episodes) == others
    assert "news2" in others


@pytest.mark.parametrize(("said_s", "of_this"), [(45.0, True), (40.0, True), (39.999, False), (30.0, False)])
def test_who_saw_an_alarm_more_than_five_seconds_before_it_got_worse_saw_another_signal(
    said_s: float, *, of_this: bool
) -> None:
    bed = sounding_again()
    episode = seen(bed, said_s)
    assert (episode.signal, episode.acknowledged_s) == (("ack", START_S + 45) if of_this else ("on", None))
    assert bed.state.flagged.get("acknowledged-before") == (None if of_this else 1)


@pytest.mark.parametrize(
    ("said_s", "arrived_s", "seen_s"),
    [(100.0, None, 100.0), (100.0, 60.0, 60.0), (50.0, 60.0, 50.0), (3600.0, 49.0, 49.0), (100.0, 20.0, 49.0)],
)
def test_nobody_has_seen_an_alarm_later_than_the_acknowledgement_arrived(
    said_s: float, arrived_s: float | None, seen_s: float
) -> None:
    assert seen(sounding_again(), said_s, arrived_s).acknowledged_s == START_S + seen_s


def test_an_alarm_that_only_latches_is_gone_once_it_was_seen_and_no_other_with_it() -> None:
    latched = Episode((None,), 0.0, start_s=START_S, signal="latched", sounded_s=START_S, gained_s=(0.0,))
    state = sounding().state
    others = dict(state.episodes)
    state.episodes = others | {SEPSIS_RISK.condition: latched}
    event = Acknowledgement.model_validate(
        {"alert": "00000000-0000-0000-0000-000000000001", "patient": "p-1", "time": at(60), "by": "nurse"}
    )
    after, steps = apply(state, event, lambda rule, _: event.alert if rule is SEPSIS_RISK else None)
    assert after.episodes == others
    assert [(rule, step.phase, step.signal) for rule, step in steps] == [(SEPSIS_RISK, "update", "off")]


@pytest.mark.parametrize(("said_s", "kept"), [(60.0, False), (60.001, True)])
def test_results_up_to_the_end_of_an_earlier_stay_are_of_that_one(said_s: float, *, kept: bool) -> None:
    state = PatientState(earlier_ms=START_MS + 60_000)
    state.open_bin.total[0], state.open_bin.count[0] = 144.0, 2
    result = LabResults.model_validate({"patient": "p-1", "time": at(said_s), "lactate_mmol_per_l": 2.0})
    after, _ = advance_event("p-1", state, result)
    assert set(after.labs) == ({"lactate_mmol_per_l"} if kept else set())
    assert after.flagged == ({} if kept else {"stay-earlier": 1})
    assert np.array_equal(after.open_bin.total, state.open_bin.total)
    assert np.array_equal(after.open_bin.count, state.open_bin.count)


def findings(after_s: float, value: str, **more: Any) -> PathologyFindings:
    """What was read of a report: a stage."""
    one = {"name": "pt", "value": value, "certainty": "stated", "start": 0, "end": 3}
    said = {"id": "00000000-0000-0000-0000-000000000002", "patient": "p-1", "time": at(after_s), "report": "r-1"}
    return PathologyFindings.model_validate(said | {"findings": [one], "provenance": PROVENANCE} | more)


PROVENANCE = Provenance(software="1", rule="reader/1", data="none")


def read(*events: PathologyFindings) -> tuple[Pathology, dict[str, int]]:
    state = PatientState()
    for event in events:
        state, _ = advance_event("p-1", state, event)
    return state.pathology["r-1"], state.flagged


def test_of_two_versions_of_a_report_that_were_issued_at_one_moment_the_later_to_come_counts() -> None:
    kept, flagged = read(findings(60, "pT1"), findings(60, "pT3"))
    assert [one.value for one in kept.findings] == ["pT3"]
    assert flagged == {}


def test_a_report_that_was_read_in_part_or_contradicts_itself_says_where_and_is_counted() -> None:
    kept, flagged = read(findings(60, "pT1", cut=True, contradictions=[{"name": "pt", "part": "A"}]))
    assert [(one.name, one.part) for one in kept.contradictions] == [("pt", "A")]
    assert flagged == {"pathology-cut": 1, "pathology-contradictory": 1}
