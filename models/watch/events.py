"""What admission data, laboratory results, therapy, acknowledgements and devices' alarms change in a state. Pure."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any, Final

from models.alarms import episodes
from models.alarms.episodes import Episode
from models.alarms.rules import Rule
from models.pathology.finding import Contradiction, Finding, ReportReading
from models.treatment.facts import Lesion, Pathology
from models.watch import device_alarms, stays, therapy, variants
from models.watch.closing import Steps, rules_of
from models.watch.state import Bin, PatientState, time_at
from schemas.alerts import Acknowledgement
from schemas.device_alarms import DeviceAlarm
from schemas.imaging import LesionReport
from schemas.labs import ANALYTES, LabResults
from schemas.pathology import PathologyFindings
from schemas.patients import PatientRecord
from schemas.therapy import GenomicResult, Medication
from schemas.variants import VariantFinding
from schemas.wire import Wire

MOST_LESIONS: Final = 10
"""Of a patient's suspicious studies the latest so many are remembered."""
MOST_REPORTS: Final = 5
"""So many of a patient's pathology reports, too."""
EARLY_S: Final = 5.0
"""An acknowledgement may be stamped so long before the signal that it answers: clocks differ. Ours: longer ago somebody
saw the signal that was there before it got worse."""


def apply(
    state: PatientState,
    event: Wire,
    episode_id: Callable[[Rule, Episode], object],
    arrived_ms: int | None = None,
) -> tuple[PatientState, Steps]:
    """The state after an event, and the alarm steps that it makes.

    `episode_id(rule, episode)` names an episode as its alerts do, so that an acknowledgement finds it; `arrived_ms` is
    when the event came, by the clock of the frames' arrival.
    Raises KeyError for an event that has no place here.
    """
    if isinstance(event, Acknowledgement):
        return _acknowledge(state, event, episode_id, arrived_ms)
    if isinstance(event, PatientRecord):
        return stays.of_record(state, event)
    if isinstance(event, DeviceAlarm):
        return device_alarms.of_record(state, event)
    return _APPLY[type(event)](state, event), []


def _labs(state: PatientState, event: LabResults) -> PatientState:
    """Results count for the hour in which they arrive, since a closed hour has been forecast on."""
    at_ms = round(event.time.timestamp() * 1000)
    if at_ms <= state.earlier_ms:
        return _flag(state, "stay-earlier")
    labs = dict(state.labs)
    open_labs = state.open_bin.labs.copy()
    for column, analyte in enumerate(ANALYTES):
        value = getattr(event, analyte)
        if value is not None and at_ms >= labs.get(analyte, (0.0, 0))[1]:
            labs[analyte] = (value, at_ms)
            open_labs[column] = value
    return replace(state, labs=labs, open_bin=Bin(state.open_bin.total, state.open_bin.count, open_labs))


def _genomics(state: PatientState, event: GenomicResult) -> PatientState:
    return _flagged(*therapy.result(state, event))


def _variant(state: PatientState, event: VariantFinding) -> PatientState:
    return _flagged(*variants.finding(state, event))


def _medication(state: PatientState, event: Medication) -> PatientState:
    return _flagged(*therapy.order(state, event))


def _pathology(state: PatientState, event: PathologyFindings) -> PatientState:
    """What was read of a report; one with the id of an earlier one amends it, and an older one changes nothing."""
    time_s, held = event.time.timestamp(), state.pathology.get(event.report)
    if held is not None and held.time_s > time_s:
        return _flag(state, "pathology-older")
    reading = ReportReading(
        tuple(Finding(**one.model_dump()) for one in event.findings),
        tuple(Contradiction(one.name, one.part) for one in event.contradictions),
        event.cut,
    )
    for why, so in (
        ("pathology-nothing-read", reading.empty),
        ("pathology-contradictory", bool(reading.contradictions)),
        ("pathology-cut", reading.cut),
    ):
        state = _flag(state, why) if so else state
    if reading.empty and held is None:
        return state
    read = Pathology(event.report, time_s, event.sites, reading.findings, reading.contradictions)
    latest = sorted((state.pathology | {event.report: read}).values(), key=lambda one: (one.time_s, one.report))
    return replace(state, pathology={one.report: one for one in latest[-MOST_REPORTS:]})


def _lesion(state: PatientState, event: LesionReport) -> PatientState:
    name = event.study_uid if event.part is None else f"{event.study_uid}#{event.part}"
    lesions = {study: lesion for study, lesion in state.lesions.items() if study != name}
    if event.priority == "urgent" and event.suspicious_probability is not None:
        lesions[name] = Lesion(
            event.study_uid, event.suspicious_probability, event.time.timestamp(), event.model_name, _found(event)
        )
    return replace(state, lesions=dict(list(lesions.items())[-MOST_LESIONS:]))


def _found(event: LesionReport) -> tuple[str, ...]:
    """Return the classes that the model names in the images, `undecided` where none, and what else it finds present."""
    judged = [image for image in event.images if image.findings]
    named = {image.predicted or "undecided" for image in judged}
    beside = {one.label for image in judged for one in image.additional_findings if one.present}
    return tuple(sorted(named | beside))


_APPLY: Final[dict[type[Wire], Any]] = {
    LabResults: _labs,
    GenomicResult: _genomics,
    VariantFinding: _variant,
    Medication: _medication,
    PathologyFindings: _pathology,
    LesionReport: _lesion,
}


def _acknowledge(
    state: PatientState,
    event: Acknowledgement,
    episode_id: Callable[[Rule, Episode], object],
    arrived_ms: int | None,
) -> tuple[PatientState, Steps]:
    for rule in rules_of(state):
        episode = state.episodes.get(rule.condition)
        if episode is not None and episode.start_s is not None and episode_id(rule, episode) == event.alert:
            seen_s = _seen_at(episode, event.time.timestamp(), state, arrived_ms)
            if seen_s is None:
                return _flag(state, "acknowledged-before"), []
            after, steps = episodes.acknowledge(rule, episode, seen_s)
            running = {condition: one for condition, one in state.episodes.items() if condition != rule.condition}
            if after is not None:
                running[rule.condition] = after
            return replace(state, episodes=running), [(rule, step) for step in steps]
    # Nobody waits for it: the alarm is over, or was never ours.
    return _flag(state, "acknowledged-unknown"), []


def _seen_at(episode: Episode, said_s: float, state: PatientState, arrived_ms: int | None) -> float | None:
    """When somebody saw the signal that sounds now, by the patient's time; None if it was an earlier one.

    Who acknowledges has a clock of his own. An alarm that has sounded once only can't have been seen before it did.
    """
    if said_s < episode.sounded_s:
        first = episode.sounded_s == episode.first_s
        return episode.sounded_s if first or said_s >= episode.sounded_s - EARLY_S else None
    if arrived_ms is None:
        return said_s
    return min(said_s, max(episode.sounded_s, time_at(state, arrived_ms) / 1000))


def _flag(state: PatientState, name: str) -> PatientState:
    return replace(state, flagged={**state.flagged, name: state.flagged.get(name, 0) + 1})


def _flagged(state: PatientState, names: Iterable[str]) -> PatientState:
    for name in names:
        state = _flag(state, name)
    return state
