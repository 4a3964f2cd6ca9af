"""`wardwatch alarm-setting` sends what its options say, and refuses in a sentence what no worker could read."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import typer

from stream.commands.alarm_setting import record_of

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
SAID: dict[str, Any] = {"patient": "p-1", "role": "nurse", "by": "nurse-1"}


def test_a_setting_begins_now_and_ends_after_so_many_minutes() -> None:
    record = record_of(SAID | {"action": "away", "reason": "computed tomography"}, 45.0, NOW)
    assert (record.action, record.time, record.until) == ("away", NOW, NOW + timedelta(minutes=45))
    assert (record.patient, record.role, record.by, record.reason) == ("p-1", "nurse", "nurse-1", "computed tomography")


def test_an_end_names_what_it_ends_and_no_time() -> None:
    record = record_of(SAID | {"action": "end", "ends": "away"}, None, NOW)
    assert (record.ends, record.until) == ("away", None)


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        ({"action": "end"}, "`end` says in `ends` which setting is over"),
        ({"action": "snooze"}, "action: Input should be"),
        ({"action": "pause", "role": "visitor"}, "role: Input should be"),
        ({"action": "pause", "patient": "Jane Doe"}, "patient: String should match"),
    ],
)
def test_what_no_worker_could_read_is_refused_in_a_sentence_without_the_input(
    said: dict[str, Any], sentence: str
) -> None:
    with pytest.raises(typer.BadParameter, match=sentence) as refused:
        record_of(SAID | said, 2.0, NOW)
    assert "Jane" not in str(refused.value)
