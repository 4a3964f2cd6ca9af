"""How long a condition has been there, on balance: an integral instead of an unbroken run. Pure.

Of each level of an alarm the time in violation is added up, and half of the time out of it taken away again, down to
nothing; the level counts once that has reached the rule's delay. What was last known holds until the next number: an
unknown frame, or none at all, changes nothing. So one good value among many bad ones does not clear a delay, and a
number that nothing contradicts counts when the delay is over, by the clock if not by a frame.

`gained_s` is what each level has gained; `over` so many levels did the last known value violate. Who violates a level
violates those below it, so that none has gained more than one below.
"""

from typing import Final, NamedTuple

from models.alarms.grading import AT_LEAST, EXTREME, FIRST_LEVEL
from models.alarms.rules import LEAK

Gained = tuple[float, ...]
_NEARLY: Final = 1e-6  # seconds: sums of floats
_DIGITS: Final = 4  # of what is gained: times are whole ms, halved once, and a sum must not depend on its order


class Reach(NamedTuple):
    """What a known grade says.

    level  index of the level that it reaches, negative for none; at_least: it is only a lower bound
    extreme  it lies beyond the rule's extreme
    """

    level: int
    at_least: bool
    extreme: bool


def reach(grade: int) -> Reach:
    """Take a known grade apart."""
    extreme = grade >= EXTREME
    rest = grade - EXTREME if extreme else grade
    at_least = rest >= AT_LEAST
    return Reach(rest - (AT_LEAST if at_least else 0) - FIRST_LEVEL, at_least, extreme)


def gain(delay_s: float, gained_s: Gained, over: int, passed_s: float) -> Gained:
    """What is gained once the last known value has held for so long."""
    full = over == 0 or gained_s[over - 1] == delay_s
    empty = over == len(gained_s) or gained_s[over] == 0
    if passed_s == 0 or (full and empty):
        return gained_s
    return tuple(
        min(round(gained + passed_s, _DIGITS), delay_s)
        if level < over
        else max(round(gained - LEAK * passed_s, _DIGITS), 0.0)
        for level, gained in enumerate(gained_s)
    )


def began(
    since_s: tuple[float | None, ...], gained_s: Gained, before: int, over: int, time_s: float
) -> tuple[float | None, ...]:
    """Per level, when the violation that counts began: one that was `before` is over once nothing of it is left."""
    if over == before and (over == len(gained_s) or since_s[over] is None):
        return since_s
    kept = [
        since if level < before or gained > 0 else None
        for level, (since, gained) in enumerate(zip(since_s, gained_s, strict=True))
    ]
    return tuple(time_s if since is None and level < over else since for level, since in enumerate(kept))


def counts(delay_s: float, gained_s: float) -> bool:
    """Whether a level was violated for the delay."""
    return gained_s >= delay_s - _NEARLY


def missing_s(delay_s: float, gained_s: Gained, over: int, above: int) -> float | None:
    """How long until the first level over `above` that is violated now counts; None where none will."""
    return max(0.0, delay_s - gained_s[above + 1]) if above + 1 < min(over, len(gained_s)) else None
