"""The topics' contract."""

import pytest

from schemas.topics import DAY_S, TOPICS
from stream.broker.topics import PARTITIONS, TopicError, TopicState, partitions_for_missing, uneven_inputs


def test_every_topic_of_the_blueprint_is_there_once_with_its_way_and_a_bounded_life() -> None:
    inputs = {name for name, topic in TOPICS.items() if topic.flow == "in"}
    assert inputs == {
        "vitals", "labs", "patients", "imaging-ready", "imaging-orders",
        "genomes-ready", "genomics", "medications", "pathology-reports",
        "acknowledgements", "device-alarms", "alarm-settings",
    }  # fmt: skip
    assert TOPICS.keys() - inputs == {
        "scores", "forecasts", "alerts", "lesion-reports", "pathology-findings", "suggestions", "ward-status",
        "dead-letters", "cds-feedback",
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


def inputs(**counts: int) -> list[TopicState]:
    return [TopicState(name, counts.get(name, 0), 1) for name in TOPICS]


def test_the_first_topics_get_the_number_of_partitions_that_is_asked_for() -> None:
    assert partitions_for_missing(inputs(), None) == PARTITIONS
    assert partitions_for_missing(inputs(), 12) == 12


def test_an_input_that_is_made_later_gets_as_many_partitions_as_vital_signs_have() -> None:
    there = inputs(vitals=12, labs=12, alerts=3)
    assert partitions_for_missing(there, None) == 12
    assert partitions_for_missing(there, 12) == 12
    with pytest.raises(TopicError, match="have 12 partitions: another with 8 would bring one patient"):
        partitions_for_missing(there, 8)


def test_of_outputs_any_number_may_be_made() -> None:
    there = {name: 12 for name, topic in TOPICS.items() if topic.flow == "in"}
    assert partitions_for_missing(inputs(**there), 3) == 3
