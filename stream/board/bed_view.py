"""One patient in JSON for the page: courses of the last hours, alarms, results, orders and proposals. Pure."""

from datetime import datetime, timedelta
from typing import Any, Final

from models.risk.deterioration.events import EVENTS
from models.risk.inputs import INPUTS
from schemas.forecasts import EarlyWarningScore, RiskForecast
from schemas.suggestions import Suggestion
from schemas.therapy import GenomicResult, Medication
from schemas.variants import VariantFinding
from stream.board.alarm_story import of_device, stories
from stream.board.history import Past
from stream.board.minutes import KEPT
from stream.board.snapshot import wards_now
from stream.subscriber.lines import content
from stream.subscriber.ward import Bed, Ward

HOURS: Final = tuple(hours for hours in (2, 8, 24) if hours <= KEPT.total_seconds() / 3600)
"""Ours: the spans that a page may ask for."""
_EVENTS: Final = {event.name: event.text for event in EVENTS}
_UNITS: Final = {one.name: (one.column, one.unit) for one in INPUTS if one.kind == "lab"}


def bed_view(ward: Ward, bed: Bed, past: Past, now: datetime, hours: int, began: datetime) -> dict[str, Any]:
    """Return what the page shows of one bed beside its tile, over the last hours of the ward's own time.

    `began` is when the board did: before that, vital signs are known as far as scores carried them.
    """
    end = wards_now(ward, now)
    begin = end - timedelta(hours=hours)
    return {
        "patient": bed.patient,
        "begin": begin.isoformat(),
        "end": end.isoformat(),
        "hours": hours,
        "by_the_minute_since": (end - (now - began)).isoformat(),
        "vitals": {name: list(past.minutes[name].between(begin.timestamp(), end.timestamp())) for name in past.minutes},
        "scores": [(one.time.isoformat(), one.total, one.upper) for one in sorted(past.scores) if one.time >= begin],
        "score": None if bed.score is None else _score(bed.score),
        "risks": [
            (one.time.isoformat(), one.probability, one.alarm)
            for one in sorted(past.risks, key=lambda one: one.time)
            if one.time >= begin
        ],
        "risk": None if bed.risk is None else _risk(bed.risk),
        "alarms": stories(past.episodes.values(), since=begin),
        "device_alarms": [of_device(one) for one in reversed(past.device_alarms) if one.time >= begin],
        "labs": [_lab(name, results) for name, results in sorted(past.labs.items())],
        "genes": [_gene(one) for _, one in sorted(past.genes.items()) if one.status != "entered-in-error"],
        "drugs": [_drug(one) for one in sorted(past.drugs.values(), key=lambda one: one.time, reverse=True)],
        "proposals": [
            _proposal(one)
            for one in sorted(bed.suggestions.values(), key=lambda one: one.time, reverse=True)
            if one.expires > (ward.time or now)
        ],
    }


def _score(score: EarlyWarningScore) -> dict[str, Any]:
    kept = {"score", "total", "lower", "upper", "complete", "band", "missing", "time"}
    parts = [one.model_dump(mode="json") for one in score.parts]
    return score.model_dump(mode="json", include=kept) | {"parts": parts}


def _risk(risk: RiskForecast) -> dict[str, Any]:
    kept = {"outcome", "horizon_h", "probability", "alarm", "abstained", "abstained_because", "drivers", "sentence"}
    more = {"time": risk.time.isoformat(), "model": risk.provenance.model}
    further = [one.model_dump(mode="json") | {"text": _EVENTS.get(one.outcome, one.outcome)} for one in risk.further]
    return risk.model_dump(mode="json", include=kept) | more | {"further": further}


def _lab(name: str, results: dict[datetime, float]) -> dict[str, Any]:
    title, unit = _UNITS.get(name, (name, ""))
    values = [(time.isoformat(), value) for time, value in sorted(results.items(), reverse=True)]
    return {"name": name, "title": title, "unit": "" if unit == "1" else unit, "values": values}


def _gene(one: GenomicResult | VariantFinding) -> dict[str, Any]:
    return {"time": one.time.isoformat(), "text": content(one).plain, "source": one.source}


def _drug(one: Medication) -> dict[str, Any]:
    return {"time": one.time.isoformat(), "text": content(one).plain, "status": one.status}


def _proposal(one: Suggestion) -> dict[str, Any]:
    kept = {"id", "time", "expires", "text", "status", "rule", "missing", "to_check", "contraindications_checked"}
    more = {"citation", "inputs", "second_voices"}
    return one.model_dump(mode="json", include=kept | more)
