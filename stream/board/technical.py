"""How the parts of Wardwatch stand, in JSON for the page: nothing of a patient but the name of the bed. Pure."""

from datetime import datetime
from typing import Any

from stream.board.link import Link
from stream.subscriber.ward import Ward


def technical(ward: Ward, link: Link, now: datetime) -> dict[str, Any]:
    """Return workers, what is away, beds and sensors that are silent, and how the board itself stands."""
    fault = link.fault(now)
    return {
        "workers": [
            {
                "worker": name,
                "watches": list(beat.watches),
                "heard": beat.heard.isoformat(),
                "lag_s": None if beat.up_to is None else max(0.0, (beat.heard - beat.up_to).total_seconds()),
                "lives": ward.watching.lives(name, now),
            }
            for name, beat in ward.watching.beats()
        ],
        "gaps": [{"text": one.text, "since": _iso(one.since)} for one in ward.watching.gaps(now)],
        "away": [
            {"component": one.component, "part": one.part, "text": one.text, "since": one.time.isoformat()}
            for one in ward.away(now)
            if one.patient is None
        ],
        "beds": sorted(_of_beds(ward), key=lambda one: (str(one["bed"]), one["what"])),
        "link": {
            "fault": None if fault is None else fault.text,
            "answered": _iso(link.answered),
            "read": _iso(link.read),
            "began": link.began.isoformat(),
        },
        "redis_away": any(
            one.component == "state" and one.patient is None and one.part is None for one in ward.away(now)
        ),
        "dead_letters": link.dead_letters,
        "records": dict(sorted(ward.counts.items())),
    }


def _of_beds(ward: Ward) -> list[dict[str, Any]]:
    """Return beds that send nothing, sensors that are off, and clocks of devices that are wrong; texts hold values."""
    found = []
    for patient, silent in ward.silent().items():
        found.append({"bed": _bed(ward, patient), "what": "sends nothing", "since": silent.isoformat()})
    for (component, name, part, _), one in ward.degraded.items():
        if name is not None and component in {"clock", "state"}:
            what = f"{component}: {part or 'a device without a name'}"
            found.append({"bed": _bed(ward, name), "what": what, "since": one.time.isoformat()})
    for bed in ward.beds.values():
        for alert in bed.active():
            if alert.type == "technical" and alert.presence and not bed.discharged:
                since = alert.episode_start.isoformat()
                found.append({"bed": _bed(ward, bed.patient), "what": alert.condition, "since": since})
    return found


def _bed(ward: Ward, patient: str) -> str | None:
    """Return the name of a bed; of one that has none nothing, since a pseudonym is the patient's."""
    bed = ward.beds.get(patient)
    return bed.admission.bed if bed is not None and bed.admission is not None else None


def _iso(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat()
