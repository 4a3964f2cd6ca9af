"""What records of `alarm-settings`, the passing of time and the patient's stay do to what staff have set. Pure.

Of each kind of setting the newest by its record's time counts, however late it comes; one that is over keeps its place,
so that an older record changes nothing. Nothing is refused, expires or is ended without a word (`Told`).
"""

from collections.abc import Sequence
from typing import Final, Literal, NamedTuple

from models.alarms import grading
from models.alarms.inactivation import ALWAYS
from models.alarms.own_limits import refusal
from models.alarms.rules import SEPSIS_RISK, SPO2_LOW, Rule
from models.alarms.settings import LONGEST_S, Setting, Settings, place_of
from models.watch.state import PatientState
from schemas.alarm_settings import AlarmSetting, Timed

LEAVES_MS: Final = 60_000
"""Numbers that were measured so long after a standby began are of the patient who is just being disconnected, and end
it not. Ours: the time to take the leads off."""
MEASURED_AGAIN: Final = "vital signs are measured again"
_LIMIT_OF: Final = place_of("limit", SPO2_LOW.condition)
_OF_ONE_CONDITION: Final = ("limit", "sound-off")
_CONDITIONS: Final = frozenset(rule.condition for rule in (*grading.rules_for(scale2=False), SEPSIS_RISK))


class Told(NamedTuple):
    """What became of a setting; `at_ms` by the patient's time, `why` unless its time was simply up.

    stands  a setting of this kind is in force afterwards
    """

    setting: Setting
    outcome: Literal["accepted", "refused", "expired", "ended"]
    at_ms: int
    why: str = ""
    stands: bool = False


def take(state: PatientState, event: AlarmSetting, rules: Sequence[Rule], at_ms: int) -> tuple[Settings, Told | None]:
    """The settings after a record, and what is told of it; None where it was known.

    Args:
        state: the patient's.
        event: the record.
        rules: the patient's rules, as they are without settings.
        at_ms: the patient's time when it came.
    """
    settings, fresh = state.settings, _setting(event, at_ms)
    known = settings.get(fresh.place)
    stands = known is not None and not known.over

    def refused(why: str) -> Told:
        return Told(fresh, "refused", fresh.time_ms, why, stands)

    if known is not None and fresh._replace(since_ms=known.since_ms, over=known.over) == known:
        return settings, None
    if known is not None and (known.time_ms, known.ended) > (fresh.time_ms, fresh.ended):
        return settings, refused("a newer record says otherwise")
    if (why := _condition_fault(fresh) or _stay_fault(state, fresh)) is not None:
        return settings, refused(why)
    after = {**settings, fresh.place: fresh}
    if fresh.ended:
        if known is None or known.over:
            return after, refused("nothing of the kind was in force")
        return after, Told(known._replace(role=fresh.role, by=fresh.by), "ended", at_ms, "by a record")
    if (why := _out_of_bounds(fresh, event, rules)) is not None:
        return settings, refused(why)
    if fresh.until_ms <= at_ms:
        return {**settings, fresh.place: fresh._replace(over=True)}, Told(fresh, "expired", at_ms, "it came too late")
    return after, Told(fresh, "accepted", at_ms, stands=True)


def expire(settings: Settings, at_ms: int) -> tuple[Settings, list[Told]]:
    """The settings once the patient's time is `at_ms`, and what is told of those whose time is up."""
    up = [one for one in settings.values() if not one.over and one.until_ms <= at_ms]
    return _over(settings, up), [Told(one, "expired", one.until_ms) for one in up]


def end(settings: Settings, places: list[str], at_ms: int, why: str) -> tuple[Settings, list[Told]]:
    """The settings without those in these places, and what is told of them."""
    ending = [settings[place] for place in places if place in settings and not settings[place].over]
    return _over(settings, ending), [Told(one, "ended", at_ms, why) for one in ending]


def of_stay(before: PatientState, after: PatientState, at_ms: int) -> tuple[Settings, list[Told]]:
    """The settings after a record of a stay: none outlives it, nor a limit the scale that it was set for."""
    if after.left_ms and after.left_ms != before.left_ms:
        return end(after.settings, list(after.settings), at_ms, "the patient has left")
    if after.earlier_ms != before.earlier_ms:
        return end(after.settings, list(after.settings), at_ms, "a new stay has begun")
    if after.stay.spo2_scale != before.stay.spo2_scale:
        return end(after.settings, [_LIMIT_OF], at_ms, "the SpO2 scale has changed")
    return after.settings, []


def _condition_fault(one: Setting) -> str | None:
    """What is wrong with the condition that a setting is for; None where nothing is."""
    if one.action not in _OF_ONE_CONDITION:
        return f"{one.action} holds for all conditions" if one.condition else None
    if not one.condition:
        return "it names no condition"
    return None if one.condition in _CONDITIONS else "there is no such condition"


def _stay_fault(state: PatientState, one: Setting) -> str | None:
    """Why a setting does not belong to the patient's stay; None where it does."""
    if one.time_ms <= state.earlier_ms or one.time_ms < state.began_ms:
        return "it is of an earlier stay"
    return "the patient has left" if state.left_ms else None


def _out_of_bounds(one: Setting, event: AlarmSetting, rules: Sequence[Rule]) -> str | None:
    """Why a setting may not hold; None where it may."""
    if not one.reason:
        return "it gives no reason"
    if event.until is None:
        return "it does not say until when"
    if one.until_ms <= one.time_ms:
        return "it ends before it begins"
    longest_s = LONGEST_S[one.action][one.role]
    if one.until_ms - one.time_ms > 1000 * longest_s:
        return f"a {one.role} may set it for {longest_s / 60:.0f} minutes at most"
    if one.action == "sound-off":
        return "this alarm always sounds" if one.condition in ALWAYS else None
    if one.action != "limit":
        return None
    if one.limit is None:
        return "it names no limit"
    return refusal(next(rule for rule in rules if rule.condition == one.condition), one.limit, one.role)


def _setting(event: AlarmSetting, at_ms: int) -> Setting:
    action, ended = (event.action, False) if event.action != "end" else (event.ends or "pause", True)
    return Setting(
        action,
        event.condition or "",
        round(event.time.timestamp() * 1000),
        at_ms,
        0 if event.until is None or ended else round(event.until.timestamp() * 1000),
        event.limit if action == "limit" and not ended else None,
        event.reason or "",
        event.role,
        event.by,
        over=ended,
        ended=ended,
    )


def _over(settings: Settings, ending: list[Setting]) -> Settings:
    return {**settings, **{one.place: one._replace(over=True) for one in ending}} if ending else settings
