"""What becomes of each record of a setting, of the passing of time and of a stay: to the edge, and in what words."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from models.alarms.rules import APNOEA, FRAME_RULES
from models.alarms.settings import LONGEST_S, Setting, in_force, inactive_of, next_ms, own_rules
from models.watch import care
from models.watch.care import Told
from models.watch.outputs import moment
from models.watch.state import PatientState
from schemas.alarm_settings import AlarmSetting
from tests.builders.watch_frames import START_MS

NOW_MS = START_MS + 500
MINUTE_MS = 60_000


def a_record(**said: Any) -> AlarmSetting:
    """A nurse says at the start that the patient is away for a minute."""
    standing: dict[str, Any] = {"patient": "p-1", "time": moment(START_MS), "action": "away", "role": "nurse"}
    standing |= {"by": "nurse-1", "reason": "CT", "until": moment(START_MS + MINUTE_MS)}
    return AlarmSetting.model_validate({name: one for name, one in (standing | said).items() if one is not None})


AWAY = Setting("away", "", START_MS, NOW_MS, START_MS + MINUTE_MS, None, "CT", "nurse", "nurse-1")


def taken(
    state: PatientState | None = None, at_ms: int = NOW_MS, **said: Any
) -> tuple[dict[str, Setting], Told | None]:
    after, told = care.take(PatientState() if state is None else state, a_record(**said), FRAME_RULES, at_ms)
    return dict(after), told


def having(*settings: Setting, **fields: Any) -> PatientState:
    return PatientState(settings={one.place: one for one in settings}, **fields)


def why(state: PatientState | None = None, **said: Any) -> str | None:
    """Why a record is refused; None where it is accepted."""
    before = PatientState() if state is None else state
    after, told = taken(before, **said)
    assert told is not None
    if told.outcome == "accepted":
        return None
    assert (told.outcome, told.at_ms, after) == ("refused", told.setting.time_ms, dict(before.settings))
    return told.why


def test_a_record_holds_from_its_arrival_until_its_end() -> None:
    assert taken() == ({"away": AWAY}, Told(AWAY, "accepted", NOW_MS, stands=True))
    limit = {"action": "limit", "condition": "spo2-low", "limit": 89.0}
    own = AWAY._replace(action="limit", condition="spo2-low", limit=89.0)
    assert taken(having(AWAY), **limit)[0] == {"away": AWAY, "limit:spo2-low": own}
    assert taken(limit=5.0)[0] == {"away": AWAY}  # only a limit has one


def test_the_same_record_again_says_nothing_also_once_it_is_over() -> None:
    for known in (AWAY, AWAY._replace(since_ms=START_MS), AWAY._replace(over=True)):
        assert taken(having(known), NOW_MS + 1000) == ({"away": known}, None)
    assert taken(having(AWAY), by="nurse-2")[1] is not None


def test_a_record_that_comes_when_its_time_is_up_is_told_as_expired() -> None:
    assert taken(at_ms=START_MS + MINUTE_MS - 1)[1] is not None
    late = AWAY._replace(since_ms=START_MS + MINUTE_MS, over=True)
    after, told = taken(at_ms=START_MS + MINUTE_MS)
    assert after == {"away": late}
    assert told == Told(late._replace(over=False), "expired", START_MS + MINUTE_MS, "it came too late")


def test_an_end_is_told_of_what_it_ends_and_by_whom() -> None:
    end = {"action": "end", "ends": "away", "until": None, "reason": None, "role": "physician", "by": "physician-1"}
    after, told = taken(having(AWAY), time=moment(START_MS + 10), **end)
    assert told == Told(AWAY._replace(role="physician", by="physician-1"), "ended", NOW_MS, "by a record")
    assert after["away"][5:] == (None, "", "physician", "physician-1", True, True)
    assert (after["away"].until_ms, after["away"].time_ms) == (0, START_MS + 10)
    for before in (having(), having(AWAY._replace(over=True))):
        ended, refused = taken(before, time=moment(START_MS + 10), **end)
        assert refused is not None
        assert (refused.outcome, refused.why) == ("refused", "nothing of the kind was in force")
        assert ended["away"].ended  # so that the record that it ends changes nothing if it comes late


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({"condition": "spo2-low"}, "away holds for all conditions"),
        ({"action": "sound-off"}, "it names no condition"),
        ({"action": "limit", "limit": 89.0}, "it names no condition"),
        ({"action": "sound-off", "condition": "made-up"}, "there is no such condition"),
        ({"reason": None}, "it gives no reason"),
        ({"until": None}, "it does not say until when"),
        ({"until": moment(START_MS)}, "it ends before it begins"),
        ({"until": moment(START_MS + 1)}, None),
        ({"action": "sound-off", "condition": APNOEA.condition}, "this alarm always sounds"),
        ({"action": "limit", "condition": "spo2-low"}, "it names no limit"),
        ({"action": "limit", "condition": "spo2-low", "limit": 87.0}, "a nurse may set it between 95 and 88"),
        ({"action": "limit", "condition": "spo2-low", "limit": 88.0}, None),
        ({"action": "limit", "condition": "spo2-low", "limit": 87.0, "role": "physician"}, None),
        (
            {"action": "limit", "condition": APNOEA.condition, "limit": 1.0},
            "this condition has no limit that can be set",
        ),
        ({"action": "sound-off", "condition": "spo2-low"}, None),
    ],
)
def test_what_is_refused_and_what_is_just_accepted(said: dict[str, Any], words: str | None) -> None:
    assert (why(at_ms=START_MS, **said) if words is None else why(**said)) == words


@pytest.mark.parametrize(("action", "role"), [(action, role) for action in LONGEST_S for role in LONGEST_S[action]])
def test_how_long_each_role_may_set_each_kind_for(action: Any, role: Any) -> None:  # noqa: ANN401 - of the table
    longest_s = LONGEST_S[action][role]
    condition = "spo2-low" if action in {"limit", "sound-off"} else None
    said = {"action": action, "role": role, "condition": condition, "limit": 90.0 if action == "limit" else None}
    until = moment(START_MS) + timedelta(seconds=longest_s)
    assert why(until=until, **said) is None
    refused = f"a {role} may set it for {longest_s / 60:.0f} minutes at most"
    assert why(until=until + timedelta(milliseconds=1), **said) == refused


def test_a_record_of_another_stay_is_refused() -> None:
    assert why(PatientState(earlier_ms=START_MS)) == "it is of an earlier stay"
    assert why(PatientState(earlier_ms=START_MS - 1)) is None
    assert why(PatientState(began_ms=START_MS + 1)) == "it is of an earlier stay"
    assert why(PatientState(began_ms=START_MS)) is None
    assert why(PatientState(left_ms=START_MS + 1)) == "the patient has left"


def test_of_one_kind_the_newest_record_counts_and_of_the_same_moment_the_end() -> None:
    newer = AWAY._replace(time_ms=START_MS + 1)
    assert why(having(newer)) == "a newer record says otherwise"
    assert why(having(AWAY), by="nurse-2") is None
    assert why(having(AWAY._replace(ended=True, over=True))) == "a newer record says otherwise"
    _, told = taken(having(newer))
    assert told is not None
    assert told.stands
    _, told = taken(having(newer._replace(over=True)))
    assert told is not None
    assert not told.stands


def test_what_is_up_expires_at_its_own_end_and_what_is_over_says_nothing_more() -> None:
    later, over = AWAY._replace(action="pause", until_ms=AWAY.until_ms + 1), AWAY._replace(action="standby", over=True)
    settings = having(AWAY, later, over).settings
    after, told = care.expire(settings, AWAY.until_ms)
    assert after == {"away": AWAY._replace(over=True), "pause": later, "standby": over}
    assert told == [Told(AWAY, "expired", AWAY.until_ms)]
    assert care.expire(settings, AWAY.until_ms - 1) == (settings, [])
    assert [one.at_ms for one in care.expire(settings, AWAY.until_ms + 5000)[1]] == [AWAY.until_ms, AWAY.until_ms + 1]


def test_only_what_is_in_force_is_ended() -> None:
    over = AWAY._replace(action="pause", over=True)
    settings = having(AWAY, over).settings
    after, told = care.end(settings, ["away", "pause", "standby"], NOW_MS, "he is back")
    assert after == {"away": AWAY._replace(over=True), "pause": over}
    assert told == [Told(AWAY, "ended", NOW_MS, "he is back")]


@pytest.mark.parametrize(
    ("after", "places", "words"),
    [
        ({"left_ms": 5}, ["away", "limit:spo2-low", "limit:heart-rate-high"], "the patient has left"),
        ({"earlier_ms": 5}, ["away", "limit:spo2-low", "limit:heart-rate-high"], "a new stay has begun"),
        ({"scale": 2}, ["limit:spo2-low"], "the SpO2 scale has changed"),
        ({}, [], ""),
    ],
)
def test_no_setting_outlives_the_stay_nor_a_limit_its_scale(
    after: dict[str, int], places: list[str], words: str
) -> None:
    limit = AWAY._replace(action="limit", condition="spo2-low", limit=89.0)
    before = having(AWAY, limit, limit._replace(condition="heart-rate-high"))
    changed = replace(before, left_ms=after.get("left_ms", 0), earlier_ms=after.get("earlier_ms", 0))
    changed = replace(changed, stay=replace(changed.stay, spo2_scale=after.get("scale", changed.stay.spo2_scale)))
    settings, told = care.of_stay(before, changed, NOW_MS)
    assert [one.place for one in settings.values() if one.over] == places
    assert [(one.setting.place, one.outcome, one.at_ms, one.why) for one in told] == [
        (place, "ended", NOW_MS, words) for place in places
    ]
    assert care.of_stay(changed, changed, NOW_MS) == (changed.settings, [])


def test_a_patient_who_left_before_and_returns_keeps_what_is_set() -> None:
    left = having(AWAY, left_ms=5)
    assert care.of_stay(left, replace(left, left_ms=0), NOW_MS) == (left.settings, [])


# --- what follows from settings for signals and rules ---


def test_what_is_inactivated_follows_from_what_is_in_force() -> None:
    pause, off = AWAY._replace(action="pause"), AWAY._replace(action="sound-off", condition="spo2-low")
    standby = AWAY._replace(action="standby")
    everything = {
        (): None,
        (pause,): "audio-paused",
        (off,): None,
        (AWAY, pause): "alarm-paused",
        (standby, pause): "alarm-paused",
        (AWAY._replace(over=True), pause): "audio-paused",
        (AWAY, pause._replace(over=True)): "alarm-paused",
    }
    for settings, word in everything.items():
        found = inactive_of(having(*settings).settings, frozenset({"etco2-low"}))
        assert (found.everything, found.turned_off) == (word, frozenset({"etco2-low"}))
        assert found.sound_off == (frozenset({"spo2-low"}) if off in settings else frozenset())
    assert inactive_of(having(off._replace(over=True), pause).settings, frozenset()).sound_off == frozenset()
    assert in_force(having(AWAY, pause).settings, "away") == [AWAY]


def test_the_next_end_is_that_of_the_first_setting_in_force() -> None:
    later = AWAY._replace(action="pause", until_ms=AWAY.until_ms + 1)
    assert next_ms(having(later, AWAY).settings) == AWAY.until_ms
    assert next_ms(having(later, AWAY._replace(over=True)).settings) == later.until_ms
    assert next_ms({}) is None


def test_a_limit_in_force_moves_the_rule_of_its_condition_alone() -> None:
    limit = AWAY._replace(action="limit", condition="spo2-low", limit=88.0)
    rules = own_rules(FRAME_RULES, having(limit, AWAY).settings)
    moved = [rule for rule, before in zip(rules, FRAME_RULES, strict=True) if rule != before]
    assert [(rule.condition, rule.levels[0].limit, rule.clear) for rule in moved] == [("spo2-low", 88.0, 90.0)]
    assert own_rules(FRAME_RULES, having(limit._replace(over=True)).settings) == FRAME_RULES
    assert own_rules(FRAME_RULES, having(AWAY).settings) == FRAME_RULES
