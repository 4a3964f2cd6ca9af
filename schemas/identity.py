"""Deterministic ids: the same input under the same rule makes the same id, so that a replay repeats and never adds."""

from datetime import UTC, datetime
from typing import Final
from uuid import UUID, uuid5

NAMESPACE: Final = UUID("6f0f3c1e-5d0b-5b6e-9a53-1d2a8f6c7e40")
"""Ours, fixed for ever: a change would make every replay look new."""


def output_id(kind: str, patient: str, rule: str, start: datetime | float | str, *more: str) -> UUID:
    """The id of an output: kind, patient, rule or model with version, start in event time, what else tells it apart.

    The same moment gives the same id whatever zone or kind of number it comes in; a naive datetime raises ValueError.
    """
    if isinstance(start, datetime):
        if start.tzinfo is None:
            message = "the start of an output must have a time zone"
            raise ValueError(message)
        moment = start.astimezone(UTC).isoformat()
    else:
        moment = start if isinstance(start, str) else repr(float(start))
    return uuid5(NAMESPACE, "|".join((kind, patient, rule, moment, *more)))
