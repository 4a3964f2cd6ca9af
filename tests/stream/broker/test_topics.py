"""The topics' contract, and how the broker is reached."""

from pathlib import Path

import pytest

from schemas.topics import DAY_S, TOPICS
from stream.broker.connection import client_options
from stream.broker.topics import TopicState, uneven_inputs
from stream.settings import Settings


def test_every_topic_of_the_blueprint_is_there_once_with_its_way_and_a_bounded_life() -> None:
    inputs = {name for name, topic in TOPICS.items() if topic.flow == "in"}
    assert inputs == {
        "vitals", "labs", "patients", "imaging-ready",
        "genomics", "medications", "pathology-reports", "acknowledgements",
    }  # fmt: skip
    assert TOPICS.keys() - inputs == {
        "scores", "forecasts", "alerts", "lesion-reports", "pathology-findings", "suggestions", "ward-status",
        "dead-letters",
    }  # fmt: skip
    assert all(DAY_S <= topic.retention_s <= 366 * DAY_S for topic in TOPICS.values())


def test_inputs_with_different_numbers_of_partitions_are_told() -> None:
    even = [
        TopicState("vitals", 8, 1),
        TopicState("labs", 8, 1),
        TopicState("alerts", 4, 1),
        TopicState("patients", 0, 0),
    ]
    assert uneven_inputs(even) == {}
    assert uneven_inputs([*even, TopicState("genomics", 4, 1)]) == {"vitals": 8, "labs": 8, "genomics": 4}


def test_a_broker_without_secrets_needs_no_options() -> None:
    assert client_options(Settings()) == {}


def test_a_user_never_travels_in_the_clear(tmp_path: Path) -> None:
    password = tmp_path / "password"
    password.write_text("correct horse\n")
    options = client_options(Settings(broker_user="watch", broker_password_file=password))
    assert options["security_protocol"] == "SASL_SSL"
    assert options["ssl_context"].check_hostname
    assert (options["sasl_plain_username"], options["sasl_plain_password"]) == ("watch", "correct horse")


def test_a_missing_authority_is_said_at_once(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="No such file"):
        client_options(Settings(broker_ca_file=tmp_path / "none.pem"))
