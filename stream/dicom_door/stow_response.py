"""What is answered to a STOW-RS request: the Store Instances Response Module, instance by instance. Pure."""

from collections.abc import Sequence
from typing import Any, Final

from stream.dicom_door.outcome import Outcome, Status

OK: Final = 200
ACCEPTED: Final = 202  # some of them
CONFLICT: Final = 409  # none of them
BUSY: Final = 503  # none of them, since there is no room; PS3.18 6.6.1.3 in the edition of 2016


def http_status(outcomes: Sequence[Outcome]) -> int:
    """The HTTP status of a request with these outcomes, by PS3.18 table 10.5.3-1."""
    statuses = {one.status for one in outcomes}
    if statuses == {Status.STORED}:
        return OK
    if Status.STORED in statuses:
        return ACCEPTED
    return BUSY if statuses == {Status.NO_SPACE} else CONFLICT


def response_module(outcomes: Sequence[Outcome]) -> dict[str, Any]:
    """The response in the DICOM JSON model (PS3.18 I.2 and F.2). Nothing can be retrieved here, so no URL is given."""
    named = [one for one in outcomes if one.status is not Status.STORED and one.sop_instance_uid]
    unnamed = [one for one in outcomes if one.status is not Status.STORED and not one.sop_instance_uid]
    stored = [one for one in outcomes if one.status is Status.STORED]
    said: dict[str, Any] = {"00081190": {"vr": "UR"}}
    if named:
        said["00081198"] = _sequence([_names(one) | _reason(one) for one in named])
    if stored:
        said["00081199"] = _sequence([_names(one) for one in stored])
    if unnamed:
        said["0008119A"] = _sequence([_reason(one) for one in unnamed])
    return said


def _names(one: Outcome) -> dict[str, Any]:
    return {
        "00081150": {"vr": "UI", "Value": [one.sop_class_uid]},
        "00081155": {"vr": "UI", "Value": [one.sop_instance_uid]},
    }


def _reason(one: Outcome) -> dict[str, Any]:
    return {"00081197": {"vr": "US", "Value": [int(one.status)]}}


def _sequence(items: list[dict[str, Any]]) -> dict[str, Any]:
    return {"vr": "SQ", "Value": items}
