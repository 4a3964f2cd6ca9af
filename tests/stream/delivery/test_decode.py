"""What a record says, or why it can't be used: the stage, and a text without input."""

from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.examples import EXAMPLES
from schemas.topics import TOPICS
from schemas.vitals import NUMERICS, VitalsBlock
from stream.delivery.dead_letters import dead_letter
from stream.delivery.decode import CLOCK_SET_MS, Decoded, Refused, decode, decode_vitals
from tests.builders.ports import NOW_MS, ARecord, a_record

FUTURE_MS = 120_000
SECRET = "Jane-Doe-1961"  # noqa: S105 - it stands for patient data
TIME = "2026-01-01T00:00:00Z"
EVENTS = [topic for topic in TOPICS if TOPICS[topic].flow == "in" and topic != "vitals"]


def moment(ms: int) -> str:
    return (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=ms)).isoformat()


def read(record: ARecord, now_ms: int = NOW_MS) -> Refused | None:
    """Why a record of any topic is refused."""
    if record.topic == "vitals":
        columns, refused = decode_vitals([record], now_ms, FUTURE_MS)
        assert len(refused) == 1 - len(columns.records)
        return refused[0] if refused else None
    one = decode(record, now_ms, FUTURE_MS)
    return one if isinstance(one, Refused) else None


def example(topic: str, number: int = 0, **fields: object) -> dict[str, Any]:
    return EXAMPLES[topic][number] | fields


def why(refused: Refused | None) -> tuple[str, str]:
    """Stage and text, as the dead letter has them."""
    assert refused is not None
    letter = dead_letter(
        refused.record,
        stage=refused.stage,
        error=refused.error,
        attempt=1,
        now=datetime.now(UTC),
        app_version="1",
    )
    return refused.stage, dict(letter.headers)["__streams.errors.message"].decode()


@pytest.mark.parametrize("topic", ["vitals", *EVENTS])
def test_the_examples_of_every_input_are_usable(topic: str) -> None:
    for one in EXAMPLES[topic]:
        assert read(a_record(topic, one)) is None


@pytest.mark.parametrize("topic", ["vitals", "labs"])
@pytest.mark.parametrize(
    ("arrived_ms", "ahead_ms", "usable"),
    [
        (NOW_MS, FUTURE_MS, True),
        (NOW_MS, FUTURE_MS + 1, False),
        (NOW_MS - 3_600_000, FUTURE_MS - 3_600_000, True),  # a replay decides as the first delivery did
        (NOW_MS - 3_600_000, FUTURE_MS - 3_600_000 + 1, False),
        (NOW_MS + 3_600_000, FUTURE_MS, True),  # a producer whose clock runs ahead wins nothing
        (NOW_MS + 3_600_000, FUTURE_MS + 1, False),
    ],
)
def test_a_time_stamp_may_lie_ahead_of_the_arrival_by_so_much_and_not_more(
    topic: str, arrived_ms: int, ahead_ms: int, *, usable: bool
) -> None:
    record = a_record(topic, {"patient": "p", "time": moment(NOW_MS + ahead_ms)}, timestamp=arrived_ms)
    refused = read(record)
    assert (refused is None) == usable
    if not usable:
        assert why(refused) == ("validate", "the time-stamp lies 0 s further ahead than is allowed")


@pytest.mark.parametrize("topic", ["vitals", "labs"])
@pytest.mark.parametrize(("ms", "usable"), [(CLOCK_SET_MS, True), (CLOCK_SET_MS - 1, False), (0, False), (-1, False)])
def test_a_device_whose_clock_was_never_set_is_refused(topic: str, ms: int, *, usable: bool) -> None:
    refused = read(a_record(topic, {"patient": "p", "time": moment(ms)}))
    assert (refused is None) == usable
    if not usable:
        assert why(refused) == ("validate", "the time-stamp lies before the year 2000: the device's clock is not set")


@pytest.mark.parametrize("time", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"])
@pytest.mark.parametrize("topic", ["vitals", "labs"])
def test_the_ends_of_the_calendar_are_refused_like_any_other_wrong_time(topic: str, time: str) -> None:
    refused = read(a_record(topic, {"patient": "p", "time": time}))
    assert why(refused)[0] == "validate"


def test_one_row_with_a_wrong_time_refuses_the_whole_block() -> None:
    good = [moment(NOW_MS - 2000), moment(NOW_MS - 1000), moment(NOW_MS)]
    assert read(a_record("vitals", {"patient": "p", "times": good})) is None
    for row, wrong in ((0, moment(0)), (1, moment(NOW_MS + FUTURE_MS + 1)), (2, moment(CLOCK_SET_MS - 1))):
        times = [*good[:row], wrong, *good[row + 1 :]]
        assert why(read(a_record("vitals", {"patient": "p", "times": times})))[0] == "validate"


@pytest.mark.parametrize("topic", ["vitals", *EVENTS])
@pytest.mark.parametrize("key", [None, b"", b"p-0018", b"P-0017", b"p-0017 "])
def test_a_key_that_is_not_the_patient_is_refused(topic: str, key: bytes | None) -> None:
    for one in EXAMPLES[topic]:
        stage, text = why(read(a_record(topic, one, key=key)))
        assert (stage, text) == ("validate", "the record's key is not its patient, so its order can't be kept")


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1e999", "true", '"80"', "[80]", "{}"])
@pytest.mark.parametrize(
    ("topic", "field"), [("vitals", "heart_rate_bpm"), ("vitals", "spo2_percent"), ("labs", "lactate_mmol_per_l")]
)
def test_what_is_no_number_is_refused_and_never_read_as_one(topic: str, field: str, number: str) -> None:
    value = f'{{"patient": "p-1", "time": "{TIME}", "{field}": {number}}}'.encode()
    stage, text = why(read(ARecord(topic, value)))
    assert stage == "validate"
    assert field in text


@pytest.mark.parametrize("number", ["NaN", "Infinity", "true", '"80"'])
def test_a_block_is_as_strict_about_numbers_as_a_frame(number: str) -> None:
    value = f'{{"patient": "p-1", "times": ["{TIME}"], "heart_rate_bpm": [{number}]}}'.encode()
    assert why(read(ARecord("vitals", value)))[0] == "validate"


@pytest.mark.parametrize("topic", ["vitals", *EVENTS])
def test_unknown_fields_change_nothing(topic: str) -> None:
    for one in EXAMPLES[topic]:
        assert read(a_record(topic, one | {"favourite_colour": "green"})) is None


@pytest.mark.parametrize(
    ("value", "stage"),
    [
        (None, "decode"),
        (b"", "decode"),
        (b"{", "decode"),
        (b"\xff\xfe\x00", "decode"),
        (b'{"patient": "p-1"', "decode"),
        (b"[" * 100_000, "decode"),
        (b'{"a":' * 100_000, "decode"),
        (b"null", "validate"),
        (b"[]", "validate"),
        (b"7", "validate"),
        (b"{}", "validate"),
        (b'"p-1"', "validate"),
        (b'{"patient": "p-1"}', "validate"),
        (b'{"patient": "p-1", "time": "yesterday"}', "validate"),
        (b'{"patient": "p-1", "times": []}', "validate"),
        (b'{"patient": "p-1", "times": "2026-01-01T00:00:00Z"}', "validate"),
        (b'{"patient": "p-1", "times": ["2026-01-01T00:00:00Z"], "spo2_percent": [1, 2]}', "validate"),
        (b'{"patient": "p-1", "\\u0074imes": ["2026-01-01T00:00:00Z"]}', "validate"),
    ],
)
@pytest.mark.parametrize("topic", ["vitals", "labs"])
def test_poison_is_refused_in_every_form(topic: str, value: bytes | None, stage: str) -> None:
    assert why(read(ARecord(topic, value)))[0] == stage


@given(value=st.binary(max_size=200) | st.text(max_size=100).map(str.encode))
def test_no_bytes_break_the_decoder(value: bytes) -> None:
    for topic in ("vitals", "labs"):
        assert why(read(ARecord(topic, value)))[0] in {"decode", "validate"}


@pytest.mark.parametrize("topic", ["vitals", *EVENTS])
def test_no_text_carries_what_was_in_the_record(topic: str) -> None:
    for one in EXAMPLES[topic]:
        for field in one:
            stage, text = why(read(a_record(topic, one | {field: {SECRET: [SECRET]}}, key=SECRET.encode())))
            assert stage == "validate"
            assert SECRET not in text
        assert SECRET not in why(read(a_record(topic, one, key=SECRET.encode())))[1]
    assert SECRET not in why(read(ARecord(topic, f'{{"{SECRET}'.encode())))[1]


def test_poison_among_good_records_takes_nothing_from_them() -> None:
    good = [a_record("vitals", {"patient": f"p-{n}", "time": TIME, "spo2_percent": 90 + n}, offset=n) for n in range(4)]
    mixed = [good[0], ARecord("vitals", b"{"), good[1], good[2]._replace(key=b"x"), good[3]]
    columns, refused = decode_vitals(mixed, NOW_MS, FUTURE_MS)
    assert [one.record for one in refused] == [mixed[1], mixed[3]]
    assert columns.records == [good[0], good[1], good[3]]
    assert columns.patients == ["p-0", "p-1", "p-3"]
    assert columns.of_record.tolist() == [0, 1, 2]
    assert columns.values[:, NUMERICS.index("spo2_percent")].tolist() == [90, 91, 93]


def test_nothing_usable_gives_empty_columns_of_the_right_width() -> None:
    columns, _ = decode_vitals([ARecord("vitals", b"{")], NOW_MS, FUTURE_MS)
    assert columns.values.shape == (0, 11)
    assert columns.time_ms.shape == columns.of_record.shape == (0,)


def test_an_absent_value_is_not_a_number_and_never_zero() -> None:
    columns, _ = decode_vitals([a_record("vitals", {"patient": "p-1", "time": TIME})], NOW_MS, FUTURE_MS)
    assert np.isnan(columns.values).all()


@given(
    rows=st.lists(
        st.fixed_dictionaries(
            {},
            optional={
                "heart_rate_bpm": st.none() | st.floats(-1000, 1000),
                "temperature_celsius": st.none() | st.floats(30, 45),
                "on_oxygen": st.none() | st.booleans(),
                "consciousness": st.none() | st.sampled_from(["alert", "confusion", "voice", "pain", "unresponsive"]),
            },
        ),
        min_size=1,
        max_size=6,
    )
)
def test_a_block_gives_the_same_columns_as_its_frames_sent_one_by_one(rows: list[dict[str, Any]]) -> None:
    names = sorted({name for row in rows for name in row})
    block: dict[str, Any] = {"patient": "p-1", "times": [moment(NOW_MS + 1000 * row) for row in range(len(rows))]}
    block |= {name: tuple(row.get(name) for row in rows) for name in names}
    single = [a_record("vitals", frame) for frame in VitalsBlock.model_validate(block).frames()]
    whole, refused = decode_vitals([a_record("vitals", block)], NOW_MS, FUTURE_MS)
    parts, refused_parts = decode_vitals(single, NOW_MS, FUTURE_MS)
    assert refused == refused_parts == []
    assert whole.of_record.tolist() == [0] * len(rows)
    assert parts.of_record.tolist() == list(range(len(rows)))
    assert np.array_equal(whole.time_ms, parts.time_ms)
    assert np.array_equal(whole.values, parts.values, equal_nan=True)


def test_a_topic_without_records_of_its_own_is_refused() -> None:
    assert why(read(ARecord("dead-letters", b"{}")))[0] == "decode"


def test_a_usable_record_names_its_patient() -> None:
    one = decode(a_record("patients", EXAMPLES["patients"][0]), NOW_MS, FUTURE_MS)
    assert isinstance(one, Decoded)
    assert one.patient == "p-0017"
