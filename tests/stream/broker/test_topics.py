"""The topics' contract."""

from schemas.topics import DAY_S, TOPICS
from stream.broker.topics import TopicState, uneven_inputs


def test_every_topic_of_the_blueprint_is_there_once_with_its_way_and_a_bounded_life() -> None:
    inputs = {name for name, topic in TOPICS.items() if topic.flow == "in"}
    assert inputs == {
        "vitals", "labs", "patients", "imaging-ready", "imaging-orders",
        "genomics", "medications", "pathology-reports", "acknowledgements", "device-alarms", "alarm-settings",
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
