"""What goes out: JSON without what is not there, CloudEvents headers, the patient's pseudonym as the key."""

import json

import pytest

from schemas.examples import EXAMPLES
from schemas.topics import TOPICS
from stream.delivery.cut import LEAST_BYTES
from stream.delivery.dead_letters import Failure
from stream.delivery.outputs import instead_of, output
from stream.delivery.sender import Output, PublishError
from tests.builders.ports import NOW_MS, ARecord

ORIGIN = ARecord("vitals", b"{}", key=b"p-0017", timestamp=NOW_MS)
OUT = [(topic, example) for topic, examples in EXAMPLES.items() if TOPICS[topic].flow == "out" for example in examples]


@pytest.mark.parametrize(("topic", "example"), OUT)
def test_every_output_is_a_cloud_event_that_reads_back_as_what_it_was(topic: str, example: dict[str, object]) -> None:
    adapter = TOPICS[topic].record
    assert adapter is not None
    model = adapter.validate_python(example)
    sent = output(topic, model, ORIGIN)
    headers = {name: value.decode() for name, value in sent.headers}
    assert headers["ce_specversion"] == "1.0"
    assert headers["ce_id"] == example["id"]
    assert headers["ce_type"] == TOPICS[topic].ce_type
    assert headers["ce_time"].startswith(str(example["time"]).rstrip("Z"))
    assert headers["content-type"] == "application/json"
    assert headers["x-input-ts"] == str(NOW_MS)
    assert len(headers) == len(sent.headers)
    assert adapter.validate_json(sent.value or b"") == model
    assert None not in json.loads(sent.value or b"").values()


@pytest.mark.parametrize(("topic", "example"), [one for one in OUT if one[0] != "ward-status"])
def test_an_output_is_keyed_by_its_patient(topic: str, example: dict[str, object]) -> None:
    sent = output(topic, TOPICS[topic].record.validate_python(example), ORIGIN)  # type: ignore[union-attr]  # has one
    assert sent.key == b"p-0017"
    assert dict(sent.headers)["ce_subject"] == b"p-0017"


@pytest.mark.parametrize(("patient", "key"), [(None, b"watch-1"), ("p-0017", b"p-0017")])
def test_news_of_a_worker_is_keyed_by_the_worker_and_of_a_bed_by_its_patient(patient: str | None, key: bytes) -> None:
    example = EXAMPLES["ward-status"][0] | {"patient": patient}
    sent = output("ward-status", TOPICS["ward-status"].record.validate_python(example), None)  # type: ignore[union-attr]  # has one
    assert sent.key == key
    assert "x-input-ts" not in dict(sent.headers)


def test_an_output_that_is_too_large_gives_way_to_letters_of_its_input_the_smallest_last() -> None:
    origin = ARecord("vitals", b"v" * 100_000)
    letters = instead_of(PublishError(Output("alerts", b"p", b"{}", [], origin)))
    assert [letter.topic for letter in letters] == ["dead-letters", "dead-letters"]
    assert [Failure.read(letter.headers).stage for letter in letters] == ["publish", "publish"]
    assert [len(letter.value or b"") for letter in letters] == [100_000, LEAST_BYTES // 4]
    assert len(instead_of(PublishError(letters[0]))) == 1


def test_news_of_ourselves_that_is_too_large_has_no_input_to_tell_of() -> None:
    with pytest.raises(PublishError):
        instead_of(PublishError(Output("ward-status", b"watch-1", b"{}", [])))
