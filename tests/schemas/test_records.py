"""What holds for every record on the wire."""

import json
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, ValidationError

from schemas import codes
from schemas.examples import EXAMPLES
from schemas.labs import ANALYTES
from schemas.topics import TOPICS
from schemas.vitals import NUMERICS, OBSERVED, VITALS_RECORD, VitalsBlock, VitalsFrame

EVERY_EXAMPLE = [(topic, example) for topic, examples in EXAMPLES.items() for example in examples]
UNITS = {
    "bpm", "min", "percent", "mmhg", "celsius", "fraction", "l", "dl", "ml", "ul", "ph", "s", "h", "px", "mm", "years",
    "icu", "kg", "cm",
}  # fmt: skip
WITHOUT_UNIT = {
    "value", "limit", "contribution", "probability", "activity_score", "suspicious_probability",
    "dose",  # its unit is the order's own, beside it
}  # fmt: skip
SECRET = "Jane-Doe-1961"  # noqa: S105 - it stands for patient data

measured = st.none() | st.floats(allow_nan=False, allow_infinity=False)


def read(topic: str, record: object) -> Any:  # noqa: ANN401 - a record of the topic
    adapter = TOPICS[topic].record
    assert adapter is not None
    return adapter.validate_json(json.dumps(record))


def models() -> set[type[BaseModel]]:
    """Every model that some record is made of."""
    found: set[type[BaseModel]] = set()

    def visit(kind: object) -> None:
        if isinstance(kind, type) and issubclass(kind, BaseModel) and kind not in found:
            found.add(kind)
            for field in kind.model_fields.values():
                visit(field.annotation)
        for part in get_args(kind):
            visit(part)

    for topic in TOPICS.values():
        if topic.record is not None:
            visit(topic.record._type)  # noqa: SLF001 - the adapter has no other way to say it
    return found


@pytest.mark.parametrize(("topic", "example"), EVERY_EXAMPLE)
def test_an_unknown_field_is_tolerated_and_never_emitted(topic: str, example: dict[str, Any]) -> None:
    record = read(topic, example | {"favourite_colour": "green"})
    assert record == read(topic, example)
    assert "favourite_colour" not in record.model_dump()


@pytest.mark.parametrize(("topic", "example"), EVERY_EXAMPLE)
def test_a_record_is_frozen_and_can_be_a_key(topic: str, example: dict[str, Any]) -> None:
    record = read(topic, example)
    with pytest.raises(ValidationError, match="frozen"):
        record.patient = "someone-else"
    assert {record: 1}[read(topic, example)] == 1


@pytest.mark.parametrize(("topic", "example"), EVERY_EXAMPLE)
def test_errors_carry_nothing_of_the_record(topic: str, example: dict[str, Any]) -> None:
    for name in example:
        with pytest.raises(ValidationError) as caught:
            read(topic, example | {name: {SECRET: [SECRET]}})
        assert SECRET not in str(caught.value)
    with pytest.raises(ValidationError) as caught:
        read(topic, [SECRET])
    assert SECRET not in str(caught.value)


def test_numbers_carry_their_unit_in_the_name() -> None:
    """A float is a quantity; what has no unit by nature is named here one by one."""
    found = models()
    both: set[type[BaseModel]] = {VitalsFrame, VitalsBlock}
    assert both < found
    unnamed = {
        f"{model.__name__}.{name}"
        for model in found
        for name, field in model.model_fields.items()
        if "float" in str(field.annotation) and name not in WITHOUT_UNIT and not set(name.split("_")) & UNITS
    }
    assert unnamed == set()


def test_the_coded_vital_signs_are_the_measured_ones() -> None:
    assert {vital.field for vital in codes.VITALS} == set(NUMERICS)
    assert set(NUMERICS + OBSERVED) < VitalsFrame.model_fields.keys()
    assert len(ANALYTES) == 26


@pytest.mark.parametrize("value", ["80", True, "NaN", [80]])
@pytest.mark.parametrize("field", NUMERICS)
def test_a_measured_number_is_a_number_or_nothing(field: str, value: object) -> None:
    frame = {"patient": "p", "time": "2026-01-01T00:00:00Z"}
    for good in (80, 80.5, None, 0, -999):
        assert getattr(read("vitals", frame | {field: good}), field) == good
    with pytest.raises(ValidationError, match=field):
        read("vitals", frame | {field: value})


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1e999"])
def test_a_number_without_end_is_refused(number: str) -> None:
    with pytest.raises(ValidationError, match="finite"):
        VITALS_RECORD.validate_json(f'{{"patient": "p", "time": "2026-01-01T00:00:00Z", "heart_rate_bpm": {number}}}')


ORDER = {"patient": "p", "time": "2026-01-01T00:00:00Z", "order": "o-1", "drug": "clopidogrel", "status": "ordered"}


def test_an_order_says_how_it_is_given_and_need_not() -> None:
    bare = read("medications", ORDER)
    assert [getattr(bare, one) for one in ("dose", "dose_unit", "route", "frequency", "started_at", "ended_at")] == (
        [None] * 6
    )
    given = {"dose": 75, "dose_unit": "mg", "route": "PO", "frequency": "QD", "ended_at": "2026-01-08T00:00:00Z"}
    assert read("medications", ORDER | given).dose == 75.0


@pytest.mark.parametrize("dose", ["75", "75 mg", True, -1])
def test_a_dose_is_an_amount(dose: object) -> None:
    with pytest.raises(ValidationError, match="dose"):
        read("medications", ORDER | {"dose": dose})


def test_whether_a_patient_is_pregnant_is_said_or_not_known() -> None:
    patient = {"patient": "p", "time": "2026-01-01T00:00:00Z"}
    said_of_it: tuple[dict[str, bool], ...] = ({"is_pregnant": True}, {"is_pregnant": False}, {})
    assert [read("patients", patient | said).is_pregnant for said in said_of_it] == [True, False, None]
    for said in ("unknown", "yes", 1):
        with pytest.raises(ValidationError, match="is_pregnant"):
            read("patients", patient | {"is_pregnant": said})


@pytest.mark.parametrize("field", ["weight_kg", "height_cm"])
def test_a_body_has_a_size_that_a_body_can_have(field: str) -> None:
    patient = {"patient": "p", "time": "2026-01-01T00:00:00Z"}
    assert getattr(read("patients", patient | {field: 164}), field) == 164
    for said in ("164", 0, -1, 7000):
        with pytest.raises(ValidationError, match=field):
            read("patients", patient | {field: said})


@pytest.mark.parametrize(
    "time", [0, 1_700_000_000, 1.5, "1700000000", "-17", "2026-01-01", "2026-01-01T00:00:00", "", None]
)
def test_an_instant_without_zone_or_as_a_bare_number_is_refused(time: object) -> None:
    with pytest.raises(ValidationError, match="time"):
        read("vitals", {"patient": "p", "time": time})


@pytest.mark.parametrize("patient", ["", "two words", "-first", "a" * 65, "p\n", "pätient", "a/b", "a:b", 7, None])
def test_a_patient_is_a_pseudonym_that_can_key_a_record(patient: object) -> None:
    with pytest.raises(ValidationError, match="patient"):
        read("vitals", {"patient": patient, "time": "2026-01-01T00:00:00Z"})


@st.composite
def blocks(draw: st.DrawFn) -> dict[str, Any]:
    rows = draw(st.integers(1, 5))
    columns = draw(st.sets(st.sampled_from(NUMERICS), max_size=3))
    block: dict[str, Any] = {
        "patient": "p",
        "times": [f"2026-01-01T00:00:{row:02}Z" for row in range(rows)],
        "first_sequence": draw(st.none() | st.integers(0, 10**9)),
    }
    for column in columns:
        block[column] = draw(st.lists(measured, min_size=rows, max_size=rows))
    if draw(st.booleans()):
        block["on_oxygen"] = draw(st.lists(st.none() | st.booleans(), min_size=rows, max_size=rows))
    return block


@given(block=blocks())
def test_a_block_means_the_same_as_its_frames_sent_one_by_one(block: dict[str, Any]) -> None:
    columns = [name for name in (*NUMERICS, *OBSERVED) if name in block]
    single = [
        read(
            "vitals",
            {"patient": "p", "time": time}
            | ({} if block["first_sequence"] is None else {"sequence": block["first_sequence"] + row})
            | {name: block[name][row] for name in columns},
        )
        for row, time in enumerate(block["times"])
    ]
    assert list(read("vitals", block).frames()) == single


@pytest.mark.parametrize("rows", [0, 1, 3])
@pytest.mark.parametrize("column", [*NUMERICS, *OBSERVED])
def test_a_ragged_block_is_refused(column: str, rows: int) -> None:
    times = ["2026-01-01T00:00:00Z", "2026-01-01T00:00:01Z"]
    with pytest.raises(ValidationError, match=f"column {column} has {rows} rows, times has 2"):
        read("vitals", {"patient": "p", "times": times, column: [None] * rows})


@pytest.mark.parametrize(("rows", "stands"), [(0, False), (1, True), (3600, True), (3601, False)])
def test_a_block_has_one_to_3600_rows(rows: int, stands: bool) -> None:  # noqa: FBT001
    block = {"patient": "p", "times": ["2026-01-01T00:00:00Z"] * rows}
    if stands:
        assert len(list(read("vitals", block).frames())) == rows
    else:
        with pytest.raises(ValidationError, match="times"):
            read("vitals", block)
