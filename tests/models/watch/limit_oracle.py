"""A second, plain account of the alarms on one vital sign of one device, to compare the real one with.

Written from the rules in words, tick by tick of half a second, without knowledge of how the product does it: half of a
second is the smallest step in which anything can fall due, as numbers come at whole seconds and time out of violation
takes away half of what time in violation gave.

In words: what was last known holds until the next number. A level counts once it was violated for the delay, less half
of the time in between; at once where the number stands alone (the first one, one after a long pause, one of a column
that is charted), or is extreme. The alarm is as severe as the worst level that counts; it eases to the worst level seen
while it was less severe for the clear delay, and ends when the numbers were well for that long; at once where no number
comes within that, and this one lies as far beyond the clear limit as that lies beyond the first one.
"""

from collections.abc import Sequence
from typing import Final, NamedTuple

from models.alarms.rules import EXTREMES, LEAK, SPOT_AFTER_S, Rule

TICK_S: Final = 0.5


class Said(NamedTuple):
    """A step of an alarm: when, what, and the level that it has with it."""

    at_s: float
    phase: str
    level: int


class LimitOracle:
    """The alarm of one rule; `number` at whole seconds in order, `until` lets time pass."""

    def __init__(self, rule: Rule) -> None:
        self._rule = rule
        self._sign = 1 if rule.direction == "above" else -1
        self._limits = [self._sign * level.limit for level in rule.levels]
        self._extreme = [self._sign * one.beyond for one in EXTREMES if one.condition == rule.condition]
        self._gained = [0.0] * len(rule.levels)
        self._last: float | None = None
        self._last_s = self._now_s = 0.0
        self._pause_s: float | None = None
        self._alarm: int | None = None
        self._well_since: float | None = None
        self._less_since: float | None = None
        self._worst_since = -1
        self.said: list[Said] = []

    def until(self, at_s: float) -> None:
        """Nothing comes until then."""
        while self._now_s < at_s:
            self._now_s += TICK_S
            self._pass()
            if self._now_s < at_s:  # at that moment itself the number that comes decides
                self._raise(self._worst_that_counts())

    def number(self, at_s: float, number: float) -> None:
        """A number comes."""
        self.until(at_s)
        at_once, settles = self._alone(at_s), self._charted(at_s, self._rule.clear_delay_s)
        self._pause_s = None if self._last is None else at_s - self._last_s
        self._last, self._last_s = self._sign * number, at_s
        if at_once or any(self._last > extreme for extreme in self._extreme):
            self._raise(self._violated())
        self._raise(self._worst_that_counts())
        clearly_well = self._last <= self._sign * 2 * self._rule.clear - self._limits[0]
        self._calm(at_s, settles=settles and clearly_well)

    def _alone(self, at_s: float) -> bool:
        return self._last is None or self._charted(at_s, self._rule.delay_s) or at_s - self._last_s > SPOT_AFTER_S

    def _charted(self, at_s: float, within_s: float) -> bool:
        """Whether this number and the one before came so long after those before them."""
        return at_s - self._last_s > within_s and (self._pause_s is None or self._pause_s > within_s)

    def _pass(self) -> None:
        violated = self._violated()
        for level in range(len(self._gained)):
            if level <= violated:
                self._gained[level] = min(self._gained[level] + TICK_S, self._rule.delay_s)
            else:
                self._gained[level] = max(self._gained[level] - LEAK * TICK_S, 0.0)

    def _violated(self) -> int:
        """The worst level that the last number violates, -1 for none."""
        last = self._last
        return -1 if last is None else sum(last >= limit for limit in self._limits) - 1

    def _worst_that_counts(self) -> int:
        counting = [level for level in range(self._violated() + 1) if self._gained[level] >= self._rule.delay_s]
        return max(counting, default=-1)

    def _raise(self, level: int) -> None:
        if level < 0 or (self._alarm is not None and level <= self._alarm):
            return
        self._say("start" if self._alarm is None else "escalate", level)
        if self._well_since is not None and self._violated() >= 0:
            self._well_since = None
        self._less_since, self._worst_since = None, -1

    def _calm(self, at_s: float, *, settles: bool) -> None:
        """End the alarm, or ease it, if the numbers have been well, or better, for long enough."""
        if self._alarm is None or self._last is None:
            return
        well = self._last <= self._sign * self._rule.clear
        self._well_since = (at_s if self._well_since is None else self._well_since) if well else None
        if self._well_since is not None and (settles or at_s - self._well_since >= self._rule.clear_delay_s):
            self._say("end", self._alarm)
            self._alarm = self._well_since = self._less_since = None
            self._worst_since = -1
            self._gained = [0.0] * len(self._gained)
            return
        shown = max(self._violated(), 0)
        if self._violated() >= self._alarm or shown >= self._alarm:
            if self._violated() >= self._alarm:
                self._less_since, self._worst_since = None, -1
            return
        if self._less_since is None:
            self._less_since, self._worst_since = at_s, shown
        self._worst_since = max(self._worst_since, shown)
        if at_s - self._less_since >= self._rule.clear_delay_s:
            eased = self._worst_since
            self._less_since, self._worst_since = (None, -1) if shown == eased else (at_s, shown)
            self._say("deescalate", eased)

    def _say(self, phase: str, level: int) -> None:
        self.said.append(Said(self._now_s, phase, level))
        self._alarm = level


def of_numbers(rule: Rule, numbers: Sequence[tuple[float, float]], end_s: float) -> list[Said]:
    """What the alarm says of numbers, each with its second, and of the time after them."""
    oracle = LimitOracle(rule)
    for at_s, number in numbers:
        oracle.number(at_s, number)
    oracle.until(end_s)
    return oracle.said
