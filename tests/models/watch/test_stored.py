"""Stored states: those of earlier formats are read, what a newer version wrote is kept, what is broken costs itself."""

import base64
import json
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import uuid4

import numpy as np
import pytest

from models.treatment.facts import Drug, Gene, Variant
from models.watch.state import COLUMNS, Bin, Named, Newer, PatientState, Proposed
from models.watch.stored import FORMAT, NewerStateError, from_fields, to_fields
from schemas.alerts import Alert
from schemas.labs import ANALYTES
from tests.builders.watch_frames import START_MS, WELL, CountingModel, advanced

EARLIER = sorted((Path(__file__).parent / "stored").glob("*.json"))
"""States as earlier versions wrote them: by position without a format number, the last by name in format 2."""


def lying(file: Path) -> dict[str, bytes]:
    """What lies in Redis of one of these states."""
    stored = json.loads(file.read_text())
    return {"state": json.dumps(stored["state"]).encode(), "risk": base64.b64decode(stored["risk"])}


def document_of(fields: dict[str, bytes]) -> Any:  # noqa: ANN401 - JSON
    return json.loads(fields["state"])


def changed(fields: dict[str, bytes], **parts: object) -> dict[str, bytes]:
    return fields | {"state": json.dumps(document_of(fields) | parts).encode()}


@pytest.fixture
def state() -> PatientState:
    """A patient with alarms that run, a drug, a gene, an allergy, results and a report."""
    newest = next(file for file in EARLIER if file.stem == "by_position")
    return from_fields(0, lying(newest)).state


def test_there_are_states_of_four_earlier_versions() -> None:
    names = ["before_devices", "before_pathology", "before_suppression", "by_position"]
    assert [file.stem for file in EARLIER] == names


@pytest.mark.parametrize("file", EARLIER, ids=lambda file: file.stem)
def test_a_state_of_an_earlier_version_is_read_goes_on_and_is_stored_in_todays_format(file: Path) -> None:
    loaded, unread = from_fields(7, lying(file))
    assert unread == ()
    assert loaded.revision == 7
    assert loaded.positions == {"vitals/3": 23, "labs/3": 1}
    assert loaded.logs == {}  # nobody noted what these are places in
    assert set(loaded.episodes) == {"spo2-low", "heart-rate-high", "news2"}
    assert loaded.episodes["spo2-low"].signal == "ack"
    assert loaded.alarms["spo2-low"].priority == "high"
    assert loaded.drugs["o-1"].name == "clopidogrel"
    assert loaded.genes["CYP2C19"].phenotype == "Poor Metabolizer"
    assert loaded.labs["lactate_mmol_per_l"][0] == 3.1
    assert (loaded.stay.allergies, loaded.stay.unit) == (("penicillin",), "micu")
    assert loaded.waiting[0][0] == 2
    assert loaded.risk is not None
    assert bool(loaded.pathology) == (file.stem in {"before_devices", "by_position"})
    assert loaded.told_ms.tolist() == loaded.seen_ms.tolist() == loaded.value_ms.tolist()  # as far as it was noted
    assert (loaded.devices, loaded.begun_s) == ({}, {})

    ended_s = 4000.0 + 700
    done = advanced([loaded], [(0, 4000.0, WELL), (0, 4100.0, WELL), (0, ended_s, WELL)], CountingModel())
    alerts = [one.record for one in done.said if isinstance(one.record, Alert)]
    ended = {one.condition: one.episode_start.timestamp() for one in alerts if one.phase == "end"}
    begun = {condition: one.start_s for condition, one in loaded.episodes.items()}
    assert ended == begun  # under the ids of the episodes that the earlier version began
    document = document_of(to_fields(done.states[0]))
    assert document["format"] == FORMAT
    assert document["drugs"]["o-1"] == loaded.drugs["o-1"]._asdict()
    assert loaded.drugs["o-1"] == Drug("o-1", "clopidogrel", loaded.drugs["o-1"].time_s)


def test_what_is_stored_comes_back(state: PatientState) -> None:
    fields = to_fields(state)
    again, unread = from_fields(state.revision, fields)
    assert unread == ()
    assert again.newer is None
    assert to_fields(again) == fields


def test_positions_are_stored_as_earlier_versions_read_them_and_their_logs_beside_them(state: PatientState) -> None:
    fields = to_fields(replace(state, positions={"vitals/3": 24}, logs={"vitals/3": "topic:5"}))
    assert document_of(fields)["positions"] == {"vitals/3": 24}
    assert from_fields(0, fields).state.logs == {"vitals/3": "topic:5"}


def newer_than(state: PatientState) -> dict[str, bytes]:
    """The state as a next version might write it: one more field in each kind of part, and a part of its own."""
    document = document_of(to_fields(state))
    document["format"] = FORMAT + 1
    document["timers"] = {"escalation": 5}
    document["stay"]["weight_kg"] = 71.0
    document["value"]["pulse_rate_bpm"] = 80.0
    document["value_ms"]["pulse_rate_bpm"] = START_MS
    document["open_bin"]["total"]["pulse_rate_bpm"] = 80.0
    document["episodes"]["spo2-low"]["device"] = "oximeter"
    document["drugs"]["o-1"]["dose_mg"] = 75
    document["labs"]["lactate_mmol_per_l"]["specimen"] = "arterial"
    document["pathology"]["r-1"]["findings"][0]["laterality"] = "left"
    document["waiting"][0]["model"] = "other"
    return {"state": json.dumps(document).encode(), "risk": to_fields(state)["risk"]}


def test_what_a_newer_version_wrote_is_kept_and_written_back_after_further_frames(state: PatientState) -> None:
    loaded, unread = from_fields(3, newer_than(state))
    assert unread == ()
    assert loaded.episodes == state.episodes
    desaturated = WELL | {"spo2_percent": 82.0}
    after = advanced([loaded], [(0, 3900.0 + at, desaturated) for at in range(5)]).states[0]
    document = document_of(to_fields(after))
    assert document["format"] == FORMAT + 1
    assert document["timers"] == {"escalation": 5}
    assert document["stay"]["weight_kg"] == 71.0
    assert document["value"]["pulse_rate_bpm"] == 80.0
    assert document["open_bin"]["total"]["pulse_rate_bpm"] == 80.0
    assert document["episodes"]["spo2-low"]["device"] == "oximeter"
    assert document["drugs"]["o-1"]["dose_mg"] == 75
    assert document["labs"]["lactate_mmol_per_l"]["specimen"] == "arterial"
    assert document["pathology"]["r-1"]["findings"][0]["laterality"] == "left"
    assert document["waiting"][0]["model"] == "other"


def test_what_a_newer_version_said_of_an_alarm_goes_with_the_alarm(state: PatientState) -> None:
    loaded, _ = from_fields(3, newer_than(state))
    document = document_of(to_fields(replace(loaded, episodes={})))
    assert document["episodes"] == {}


def test_a_state_that_a_newer_version_declared_unreadable_for_this_one_is_refused(state: PatientState) -> None:
    fields = changed(to_fields(state), format=FORMAT + 1, readable_from=FORMAT + 1)
    with pytest.raises(NewerStateError, match=f"format {FORMAT + 1}"):
        from_fields(3, fields)


@pytest.mark.parametrize(
    ("part", "broken"),
    [
        ("drugs", {"o-1": {"order": "o-1", "name": 5, "time_s": "?"}}),
        ("drugs", {"o-1": 7}),
        ("drugs", [1]),
        ("episodes", {"spo2-low": {"value": 80.0}}),
        ("value", {"spo2_percent": "?"}),
        ("waiting", {"hour": 1}),
        ("newest_ms", "?"),
        ("newest_ms", 2**64 - 1),
        ("newest_ms", 253_402_300_800_000),
        ("counts", {"vitals": 2**64 - 1}),
        ("flagged", {"late": "often"}),
        ("pathology", {"r-1": {"report": "r-1", "time_s": 1.0, "findings": [5]}}),
    ],
)
def test_a_part_that_can_not_be_read_costs_that_part_alone(state: PatientState, part: str, broken: object) -> None:
    loaded, unread = from_fields(3, changed(to_fields(state), **{part: broken}))
    assert unread == (part,)
    whole = document_of(to_fields(state))
    left = document_of(to_fields(loaded))
    assert {name for name in whole if whole[name] != left[name]} == {part}


def test_the_start_of_a_former_alarm_of_which_there_can_be_no_date_is_not_read(state: PatientState) -> None:
    loaded, unread = from_fields(3, changed(to_fields(state), begun_s={"spo2-low": 1e300}))
    assert (unread, loaded.begun_s) == (("begun_s",), {})


@pytest.mark.parametrize(
    "wrong",
    [
        *({"level": 2}, {"level": -1}, {"eased": 2}, {"over": 3}, {"since_s": [None]}, {"gained_s": [0.0]}),
        *({"signal": "off", "start_s": 9.0}, {"signal": "on", "start_s": None}, {"signal": "latched", "start_s": 9.0}),
        *({"over": 1, "gained_s": []}, {"told_s": 1e300}, {"since_s": [-1.0, None]}, {"sounded_s": 253_402_300_800.0}),
    ],
)
def test_an_alarm_that_its_rule_can_not_have_costs_itself_alone(state: PatientState, wrong: dict[str, object]) -> None:
    episodes = document_of(to_fields(state))["episodes"]
    assert "spo2-low" in from_fields(3, changed(to_fields(state), episodes=episodes)).state.episodes
    loaded, unread = from_fields(
        3, changed(to_fields(state), episodes=episodes | {"spo2-low": episodes["spo2-low"] | wrong})
    )
    assert unread == ("episodes",)
    assert set(loaded.episodes) == set(episodes) - {"spo2-low"}


@pytest.mark.parametrize(
    "wrong",
    [
        {"id": "not an identifier"},
        {"because": "not an identifier"},
        {"rule": ""},
        {"citation": ["a", "b", "c"]},
        {"citation": ["a", "", "c", "d"]},
        {"citation": ["a", "x" * 129, "c", "d"]},
        {"expires_s": 1e18},
    ],
)
def test_a_proposal_that_no_step_could_be_published_of_costs_itself_alone(wrong: dict[str, object]) -> None:
    one = Proposed(str(uuid4()), "a-rule", "1", "text", ("a", "b", "c", "d"), 1_795_000_000.0)
    fields = to_fields(PatientState(proposed={"good": one, "bad": one}))
    proposed = document_of(fields)["proposed"]
    loaded, unread = from_fields(3, changed(fields, proposed=proposed | {"bad": proposed["bad"] | wrong}))
    assert (unread, set(loaded.proposed)) == (("proposed",), {"good"})


@pytest.mark.parametrize("part", ["genes", "drugs", "variants", "named"])
def test_a_time_that_is_no_date_costs_what_has_it_alone(part: str) -> None:
    at_s = 1_795_000_000.0
    state = PatientState(
        genes={"DPYD": Gene("Poor Metabolizer", at_s)},
        drugs={"o-1": Drug("o-1", "clopidogrel", at_s)},
        variants={"v": Variant("v", "BRCA1", "c.1A>G", "Pathogenic", at_s)},
        named={"o-2": Named("clopidogrel", at_s)},
    )
    fields = to_fields(state)
    (name, item), *_ = document_of(fields)[part].items()
    loaded, unread = from_fields(3, changed(fields, **{part: {name: item | {"time_s": 1e18}}}))
    assert unread == (part,)
    assert name not in getattr(loaded, part)


def test_one_unreadable_item_leaves_the_others_of_its_part(state: PatientState) -> None:
    drugs = document_of(to_fields(state))["drugs"] | {"o-2": {"name": "?"}}
    loaded, unread = from_fields(3, changed(to_fields(state), drugs=drugs))
    assert (unread, list(loaded.drugs)) == (("drugs",), ["o-1"])


def test_one_unreadable_word_of_the_admission_leaves_the_others(state: PatientState) -> None:
    stay = document_of(to_fields(state))["stay"] | {"age_years": "old"}
    loaded, unread = from_fields(3, changed(to_fields(state), stay=stay))
    assert unread == ("stay.age_years",)
    assert loaded.stay.allergies == ("penicillin",)
    assert loaded.stay.age_years != loaded.stay.age_years


def test_a_row_by_position_with_one_more_element_is_read() -> None:
    fields = lying(EARLIER[-1])
    document = document_of(fields)
    document["episodes"]["spo2-low"].append("more")
    loaded, unread = from_fields(0, fields | {"state": json.dumps(document).encode()})
    assert unread == ()
    assert "spo2-low" in loaded.episodes


@pytest.mark.parametrize("text", [b"[]", b"5", b"{}", b"no JSON"])
def test_what_is_no_state_at_all_is_an_error(text: bytes) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - of whatever kind
        from_fields(0, {"state": text, "risk": b""})


def test_a_state_of_which_only_positions_are_stored_is_otherwise_that_of_a_new_patient() -> None:
    loaded, unread = from_fields(4, {"state": b'{"positions": {"vitals/3": 5}}'})
    assert unread == ()
    assert (loaded.revision, loaded.positions, loaded.risk, loaded.newer) == (4, {"vitals/3": 5}, None, None)
    assert to_fields(loaded) == to_fields(PatientState(positions={"vitals/3": 5}))
    for one, other in (
        (loaded.value, PatientState().value),
        (loaded.value_ms, PatientState().value_ms),
        (loaded.open_bin.total, PatientState().open_bin.total),
        (loaded.open_bin.count, PatientState().open_bin.count),
        (loaded.open_bin.labs, PatientState().open_bin.labs),
    ):
        np.testing.assert_array_equal(one, other, strict=True)


def test_the_parts_of_a_stored_state_keep_their_names_and_a_new_patient_s_are_empty() -> None:
    fields = to_fields(PatientState())
    assert fields["risk"] == b""
    document = document_of(fields)
    stay = document.pop("stay")
    assert document == {
        "format": 2,
        "readable_from": 2,
        **{name: {} for name in ("positions", "logs", "counts", "flagged", "value", "value_ms", "labs")},
        **dict.fromkeys(("began_ms", "left_ms", "earlier_ms", "newest_ms", "heard_ms", "arrived_ms", "origin_ms"), 0),
        **dict.fromkeys(("scored_ms", "scores"), 0),
        **{name: {} for name in ("told_ms", "seen_ms", "every_ms", "fault", "devices", "begun_s", "untold")},
        "settings": {},
        "open_bin": {"total": {}, "count": {}, "labs": {}},
        "points": [],
        "waiting": [],
        **{name: {} for name in ("episodes", "alarms", "genes", "variants", "drugs", "stopped")},
        **{name: {} for name in ("named", "lesions")},
        **{name: {} for name in ("pathology", "proposed", "withdrawn", "suggested", "device_alarms")},
        "risk_version": "",
    }
    assert list(stay) == [
        "admitted_ms", "hours_from_hospital_to_icu", "age_years", "sex", "unit", "spo2_scale", "allergies",
        "weight_kg", "is_pregnant",
    ]  # fmt: skip


def test_what_a_state_holds_is_stored_by_name() -> None:
    value = np.full(len(COLUMNS), np.nan)
    value[COLUMNS.index("spo2_percent")] = 91.0
    value_ms = np.zeros(len(COLUMNS), np.int64)
    value_ms[COLUMNS.index("spo2_percent")] = START_MS
    total, labs = np.zeros(8), np.full(len(ANALYTES), np.nan)
    total[1], labs[0] = 182.0, 0.0
    state = PatientState(
        logs={"vitals/3": "t:5"},
        counts={"vitals": 3},
        flagged={"late": 1},
        newest_ms=START_MS,
        origin_ms=START_MS - 1,
        value=value,
        value_ms=value_ms,
        labs={"ph": (7.4, START_MS)},
        open_bin=Bin(total, (total > 0).astype(np.int64) * 2, labs),
        waiting=[(2, START_MS, [None, 1.5])],
        suggested={"key": 5.5},
        risk=np.array([1.5, -2.0], np.float32),
        risk_version="3",
    )
    fields = to_fields(state)
    document = document_of(fields)
    assert document["value"] == {"spo2_percent": 91.0}
    assert document["value_ms"] == {"spo2_percent": START_MS}
    assert document["labs"] == {"ph": {"value": 7.4, "time_ms": START_MS}}
    assert document["open_bin"] == {
        "total": {"spo2_percent": 182.0},
        "count": {"spo2_percent": 2},
        "labs": {ANALYTES[0]: 0.0},
    }
    assert document["waiting"] == [{"hour": 2, "end_ms": START_MS, "row": [None, 1.5]}]
    assert fields["risk"] == b"\x00\x00\xc0\x3f\x00\x00\x00\xc0"
    again, unread = from_fields(0, fields)
    assert unread == ()
    assert to_fields(again) == fields
    assert again.waiting == [(2, START_MS, [None, 1.5])]
    assert again.labs == {"ph": (7.4, START_MS)}
    assert again.open_bin.count.dtype == again.value_ms.dtype == np.int64
    assert again.risk is not None
    assert again.risk.dtype == np.float32
    assert (again.suggested, again.risk_version, again.flagged) == ({"key": 5.5}, "3", {"late": 1})


@pytest.mark.parametrize(("number", "readable_from"), [(FORMAT, FORMAT), (FORMAT + 1, FORMAT), (FORMAT + 2, 1)])
def test_the_numbers_of_a_newer_format_are_written_back_and_never_lower_ones(number: int, readable_from: int) -> None:
    loaded, _ = from_fields(0, changed(to_fields(PatientState()), format=number, readable_from=readable_from, more=1))
    document = document_of(to_fields(loaded))
    assert (document["format"], document["readable_from"], document["more"]) == (number, FORMAT, 1)
    assert loaded.newer is not None
    assert loaded.newer.fields == {(): {"more": 1}}


def test_what_is_known_of_a_newer_state_is_not_stored_over_by_what_it_kept() -> None:
    newer = Newer(FORMAT + 1, FORMAT, {(): {"counts": {"vitals": 9}, "more": 1}, ("waiting", 4): {"gone": 1}})
    document = document_of(to_fields(PatientState(counts={"vitals": 3}, newer=newer)))
    assert (document["counts"], document["more"], document["waiting"]) == ({"vitals": 3}, 1, [])


@pytest.mark.parametrize("part", ["labs", "drugs", "alarms", "genes", "lesions", "pathology", "episodes", "waiting"])
def test_a_part_of_another_kind_is_named_once_and_left_empty(part: str) -> None:
    loaded, unread = from_fields(0, changed(to_fields(PatientState()), **{part: 5}))
    assert unread == (part,)
    assert to_fields(loaded) == to_fields(PatientState())


def test_a_column_that_can_not_be_read_is_named_with_its_part_and_left_unmeasured() -> None:
    fields = to_fields(PatientState())
    loaded, unread = from_fields(0, changed(fields, open_bin={"total": {"spo2_percent": []}, "count": 5, "labs": None}))
    assert unread == ("open_bin.total",)
    assert loaded.open_bin.total.tolist() == [0.0] * 8
    assert to_fields(loaded) == fields
