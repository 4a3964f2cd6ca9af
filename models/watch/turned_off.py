"""Which conditions may be turned off where this runs, for all patients. Pure.

An alarm that is turned off begins and ends as ever and is told on `alerts`, and its signal is off
(models/alarms/inactivation.py). Extreme values sound through it.
"""

from collections.abc import Iterable
from difflib import get_close_matches
from typing import Final

from models.alarms.inactivation import ALWAYS
from models.watch.closing import standing_rules
from models.watch.state import PatientState

CONDITIONS: Final = frozenset(rule.condition for rule in standing_rules(PatientState()))
"""Every condition that there is."""


def turned_off(conditions: Iterable[str]) -> frozenset[str]:
    """These conditions.

    Raises:
        ValueError: there is no such condition, or it always sounds.
    """
    chosen = frozenset(conditions)
    for one in sorted(chosen):
        if one in ALWAYS:
            message = f"{one} always sounds and can't be turned off"
            raise ValueError(message)
        if one not in CONDITIONS:
            nearest = get_close_matches(one, CONDITIONS, n=1)
            meant = f"; did you mean {nearest[0]}?" if nearest else ""
            message = f"there is no condition {one[:64]!r}{meant}"
            raise ValueError(message)
    return chosen


def sentence(conditions: Iterable[str]) -> str:
    """What is to be told of them, in one sentence."""
    return f"turned off by the configuration, beyond extremes: {', '.join(sorted(conditions))}"
