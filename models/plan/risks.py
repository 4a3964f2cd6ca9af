"""Scores, forecasts and alarms of a patient at a moment, and why. Pure."""

from collections.abc import Iterable, Iterator
from typing import Final

from models.alarms.episodes import Episode
from models.alarms.rules import Rule
from models.plan.known import age_of, moment_of
from models.risk.deterioration.events import EVENTS
from models.risk.explanation import Driver
from models.risk.wording import in_words, named
from models.scores import news2
from models.watch.closing import rules_of
from models.watch.device_alarms import LOST_S
from models.watch.frames import known_points
from models.watch.outputs import INACTIVATED, episode_id, model_version
from models.watch.state import COLUMNS, PatientState
from schemas import forecasts
from schemas.forecasts import FurtherRisk, RiskForecast
from schemas.plan import PlanAlarm, PlanRisk

_IN_WORDS: Final = {event.name: event.text for event in EVENTS}
_PRIORITIES: Final = ("high", "medium", "low", None)
_WORDED: Final = ("consciousness", "on_oxygen")
OLD_FORECAST_S: Final = 2 * 3600.0
"""A forecast older than this is told with its age and a warning. Ours: one is made every hour."""


def news2_of(state: PatientState, now_s: float) -> PlanRisk | None:
    """Return NEWS2 by what is young enough to count now; None where nothing is, or the patient is too young for it."""
    points = news2_points(state, now_s)
    if points is None:
        return None
    each = dict(zip(news2.PARAMETERS, points[0].tolist(), strict=True))
    missing = tuple(name for name, known in each.items() if known == news2.MISSING)
    totals = news2.total(points)
    total, upper, band = int(totals.total[0]), int(totals.upper[0]), news2.BANDS[int(totals.band[0])]
    bounds = str(total) if total == upper else f"{total}, or up to {upper} by what is missing"
    scored = sorted((name for name in each if each[name] > 0), key=lambda name: (-each[name], name))
    return PlanRisk(
        name="NEWS2",
        text=f"NEWS2 is {bounds}: clinical risk {band}.",
        value=total,
        why=tuple(_points(state, name, each[name]) for name in scored),
        missing=missing,
        age_s=age_of(max(state.value_ms.tolist()) / 1000, now_s),
    )


def news2_points(state: PatientState, now_s: float) -> news2.Points | None:
    """Return the points [1, 7] by what is young enough to count now; None where there is nothing to score."""
    if state.stay.too_young_for_news2:
        return None
    points = known_points(state.value, state.value_ms, round(now_s * 1000), state.stay.spo2_scale)
    return None if (points == news2.MISSING).all() else points


def forecasts_of(forecast: RiskForecast | None, now_s: float) -> Iterator[PlanRisk]:
    """Yield what a forecast says, and what it says besides; one that abstained says that."""
    if forecast is not None:
        age_s = age_of(forecast.time.timestamp(), now_s)
        yield _outcome(forecast, age_s)
        for one in forecast.further:
            yield _further(one, age_s)


def _outcome(forecast: RiskForecast, age_s: float) -> PlanRisk:
    if forecast.abstained:
        why = (forecast.abstained_because or "it knows too little of the patient").rstrip(".")
        text = f"The model abstains from forecasting {forecast.outcome}: {why}."
        return PlanRisk(name=forecast.outcome, text=text, age_s=age_s)
    above = " It is over the alarm threshold." if forecast.alarm else ""
    stale = " The forecast is old." if age_s > OLD_FORECAST_S else ""
    return PlanRisk(
        name=forecast.outcome,
        text=f"Probability of {forecast.outcome} within {forecast.horizon_h:g} h: {forecast.probability:.3f}."
        + above
        + stale,
        value=forecast.probability,
        why=_reasons(forecast.drivers),
        age_s=age_s,
    )


def _further(one: FurtherRisk, age_s: float) -> PlanRisk:
    name = _IN_WORDS.get(one.outcome, one.outcome.replace("-", " "))
    if one.probability is None:
        why = (one.abstained_because or "it is not known why").rstrip(".")
        return PlanRisk(name=one.outcome, text=f"No forecast of {name}: {why}.", age_s=age_s)
    text = f"Probability of {name}, within {one.horizon_h:g} h: {one.probability:.3f}."
    return PlanRisk(name=one.outcome, text=text, value=one.probability, why=_reasons(one.drivers), age_s=age_s)


def _reasons(drivers: Iterable[forecasts.Driver]) -> tuple[str, ...]:
    return tuple(
        f"{in_words(Driver(**one.model_dump()))} {'raises' if one.contribution >= 0 else 'lowers'} it"
        for one in drivers
    )


def alarms_of(patient: str, state: PatientState, now_s: float) -> tuple[PlanAlarm, ...]:
    """Return the alarms that are on or latched, ours and those of devices, the gravest and then the oldest first."""
    known = {rule.condition: rule for rule in rules_of(state)}
    found = [
        _alarm(patient, state, known[condition], episode)
        for condition, episode in state.episodes.items()
        if condition in known and episode.start_s is not None
    ]
    found += _of_devices(state, now_s)
    return tuple(sorted(found, key=lambda one: (_PRIORITIES.index(one.priority), one.since, one.condition)))


def _points(state: PatientState, name: str, points: int) -> str:
    value = float(state.value[COLUMNS.index(name)])
    words = {"consciousness": news2.LEVELS[int(value)], "on_oxygen": "yes"} if name in _WORDED else {}
    shown = words.get(name, f"{value:g}")
    return f"{named(name)} {shown}: {points} point{'' if points == 1 else 's'}"


def _alarm(patient: str, state: PatientState, rule: Rule, episode: Episode) -> PlanAlarm:
    level = rule.levels[min(episode.level, len(rule.levels) - 1)]
    text = rule.sentence(episode.value, level.limit)
    text += "; told, never sounds" if rule.informs else ""
    text += "" if episode.present else "; the condition is over and nobody has acknowledged it"
    text += "; a graver alarm on the same sounds" if episode.suppressed else ""
    text += INACTIVATED[episode.inactive] if episode.inactive else ""
    text += "; the value is doubtful" if episode.doubtful else ""
    return PlanAlarm(
        alert=str(episode_id(patient, rule, episode, model_version(state, rule))),
        condition=rule.condition,
        priority=level.priority,
        signal="off" if rule.informs else episode.signal,
        since=moment_of(episode.start_s or 0.0),
        text=text,
        source="wardwatch",
    )


def _of_devices(state: PatientState, now_s: float) -> Iterator[PlanAlarm]:
    for one in state.device_alarms.values():
        if one.until_s is None and now_s - one.time_s <= LOST_S:
            what = " and ".join(one.conditions)
            yield PlanAlarm(
                condition=what[:128] or "device-alarm",
                priority=one.priority,
                since=moment_of(one.began_s),
                text=f"A device's own alarm{f', which says {what}' if what else ''}",
                source="device",
            )
