"""What staff have set for one patient's alarms, and what follows from it for rules and signals. Pure.

The settings are a dictionary with one place for each kind, or each kind and condition (`place_of`), so that it can't
grow. A setting that is over stays in its place: an older record that comes late must not bring it back.
"""

from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

from models.alarms.inactivation import NOTHING, Inactive
from models.alarms.own_limits import with_limit
from models.alarms.rules import Rule
from schemas.alarm_settings import Role, Timed


class Setting(NamedTuple):
    """One setting; `time_ms` is the time of its record, `until_ms` until when it holds by the patient's time."""

    action: Timed
    condition: str
    time_ms: int
    since_ms: int  # the patient's time when it came
    until_ms: int
    limit: float | None
    reason: str
    role: Role
    by: str
    over: bool = False
    ended: bool = False  # by a record, whose time `time_ms` is

    @property
    def place(self) -> str:
        """Its place among a patient's settings."""
        return place_of(self.action, self.condition)


Settings = Mapping[str, Setting]

# fmt: off
LONGEST_S: Final[dict[Timed, dict[Role, float]]] = {
    # how long a setting may last after its `time`
    # 2 minutes: Draeger Infinity Acute Care System (instructions for use, "Pausing Active Alarm Tones"), GE Dinamap Pro
    # ("Suspend"), the default of Masimo Root. IEC 60601-1-8 leaves it to the manufacturer and the hospital.
    "pause":     {"nurse": 120.0,      "physician": 120.0},
    # All ours: an examination with the way there and back; a shift; until the next morning's round.
    "standby":   {"nurse": 4 * 3600.0, "physician": 4 * 3600.0},
    "away":      {"nurse": 2 * 3600.0, "physician": 4 * 3600.0},
    "sound-off": {"nurse": 3600.0,     "physician": 12 * 3600.0},
    "limit":     {"nurse": 12 * 3600.0, "physician": 24 * 3600.0},
}
# fmt: on


def place_of(action: Timed, condition: str) -> str:
    """The place of a setting of this kind, for this condition or for none."""
    return f"{action}:{condition}" if condition else action


def in_force(settings: Settings, action: Timed) -> list[Setting]:
    """The settings of a kind that are not over."""
    return [one for one in settings.values() if one.action == action and not one.over]


def next_ms(settings: Settings) -> int | None:
    """The patient's time at which the first of them ends by itself; None: none will."""
    return min((one.until_ms for one in settings.values() if not one.over), default=None)


def inactive_of(settings: Settings, turned_off: frozenset[str]) -> Inactive:
    """Which signals they inactivate, beside those of conditions that are turned off where this runs."""
    if all(one.over for one in settings.values()):
        return Inactive(turned_off=turned_off) if turned_off else NOTHING
    absent = in_force(settings, "standby") or in_force(settings, "away")
    return Inactive(
        "alarm-paused" if absent else "audio-paused" if in_force(settings, "pause") else None,
        frozenset(one.condition for one in in_force(settings, "sound-off")),
        turned_off,
    )


def own_rules(rules: Sequence[Rule], settings: Settings) -> tuple[Rule, ...]:
    """The rules with the limits that are set."""
    limits = {one.condition: one.limit for one in in_force(settings, "limit") if one.limit is not None}
    if not limits:
        return tuple(rules)
    return tuple(with_limit(rule, limits[rule.condition]) if rule.condition in limits else rule for rule in rules)
