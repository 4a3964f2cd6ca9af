"""What records of `alarm-settings`, the passing of time and the patient's stay do to what staff have set. Pure.

Of each kind of setting the newest by its record's time counts, however late it comes; one that is over keeps its place,
so that an older record changes nothing. Nothing is refused, expires or is ended without a word (`Told`).
"""

from collections.abc import Sequence
from typing import Final, Literal, NamedTuple

from models.alarms.inactivation import ALWAYS
from models.alarms.own_limits import refusal
from models.alarms.rules import SPO2_LOW, Rule
from models.alarms.settings import LONGEST_S, Setting, Settings, place_of
from models.watch.state import PatientState
from models.watch.turned_off import CONDITIONS
from schemas.alarm_settings import AlarmSetting

LEAVES_MS: Final = 60_000
"""Numbers that were measured so long after a standby began are of the patient who is just being disconnected, and end
it not. Ours: the time to take the leads off."""
MEASURED_AGAIN: Final = "vital signs are measured again"
_LIMIT_OF: Final = place_of("limit", SPO2_LOW.condition)
_OF_ONE_CONDITION: Final = ("limit", "sound-off")


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
    if known is not None and fresh._replace(since_ms=known.since_ms, over=known.over) == known:
        return settings, None
    stands = known is not None and not known.over
    why = _fault(state, fresh, known) or ("" if fresh.ended else _out_of_bounds(fresh, event, rules))
    if why:
        return settings, Told(fresh, "refused", fresh.time_ms, why, stands)
    after = {**settings, fresh.place: fresh}
    if fresh.ended and known is not None and stands:
        return after, Told(known._replace(role=fresh.role, by=fresh.by), "ended", at_ms, "by a record")
    if fresh.ended:
        return after, Told(fresh, "refused", fresh.time_ms, "nothing of the kind was in force")
    if fresh.until_ms <= at_ms:
        return after | {fresh.place: fresh._replace(over=True)}, Told(fresh, "expired", at_ms, "it came too late")
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


def _fault(state: PatientState, one: Setting, known: Setting | None) -> str:
    """Why a setting can't count, whatever its bounds are; empty where it can."""
    faults = (
        (one.action not in _OF_ONE_CONDITION and one.condition, f"{one.action} holds for all conditions"),
        (one.action in _OF_ONE_CONDITION and not one.condition, "it names no condition"),
        (one.condition and one.condition not in CONDITIONS, "there is no such condition"),
        (one.time_ms <= state.earlier_ms or one.time_ms < state.began_ms, "it is of an earlier stay"),
        (state.left_ms, "the patient has left"),
        (
            known is not None and (known.time_ms, known.ended) > (one.time_ms, one.ended),
            "a newer record says otherwise",
        ),
    )
    return next((why for holds, why in faults if holds), "")


def _out_of_bounds(one: Setting, event: AlarmSetting, rules: Sequence[Rule]) -> str:
    """Why a setting may not hold by what it says itself; empty where it may."""
    longest_s = LONGEST_S[one.action][one.role]
    faults = (
        (not one.reason, "it gives no reason"),
        (event.until is None, "it does not say until when"),
        (one.until_ms <= one.time_ms, "it ends before it begins"),
        (
            one.until_ms - one.time_ms > 1000 * longest_s,
            f"a {one.role} may set it for {longest_s / 60:.0f} minutes at most",
        ),
        (one.action == "sound-off" and one.condition in ALWAYS, "this alarm always sounds"),
        (one.action == "limit" and one.limit is None, "it names no limit"),
    )
    why = next((why for holds, why in faults if holds), "")
    if why or one.action != "limit" or one.limit is None:
        return why
    return refusal(next(rule for rule in rules if rule.condition == one.condition), one.limit, one.role) or ""


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
