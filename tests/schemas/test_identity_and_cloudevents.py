"""Ids that a replay repeats, and headers as CloudEvents asks for them."""

from datetime import UTC, datetime, timedelta, timezone
from uuid import UUID

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.cloudevents import headers
from schemas.identity import output_id

MOMENT = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


def test_an_id_never_changes_from_release_to_release() -> None:
    """Held as a literal: another id would make every replay look new to a subscriber."""
    assert output_id("alert", "p-1", "news2/1", MOMENT) == UUID("e29b2e13-29da-51ff-9810-d74062aa6787")


@given(hours=st.integers(-12, 14))
def test_the_same_moment_in_another_zone_has_the_same_id(hours: int) -> None:
    elsewhere = MOMENT.astimezone(timezone(timedelta(hours=hours)))
    assert output_id("alert", "p-1", "news2/1", elsewhere) == output_id("alert", "p-1", "news2/1", MOMENT)


def test_the_same_number_in_another_type_has_the_same_id() -> None:
    ids = {output_id("alert", "p-1", "r", number) for number in (5, 5.0, np.float64(5))}
    assert len(ids) == 1


def test_each_part_tells_ids_apart() -> None:
    ids = {
        output_id("alert", "p-1", "r/1", MOMENT),
        output_id("score", "p-1", "r/1", MOMENT),
        output_id("alert", "p-2", "r/1", MOMENT),
        output_id("alert", "p-1", "r/2", MOMENT),
        output_id("alert", "p-1", "r/1", MOMENT + timedelta(microseconds=1)),
        output_id("alert", "p-1", "r/1", MOMENT, "end"),
    }
    assert len(ids) == 6


def test_a_moment_without_a_zone_makes_no_id() -> None:
    with pytest.raises(ValueError, match="time zone"):
        output_id("alert", "p-1", "r/1", MOMENT.replace(tzinfo=None))


def test_headers_are_those_of_the_binary_mode() -> None:
    written = headers(event_id=UUID(int=7), ce_type="org.wardwatch.alerts.v1", subject="p-1", time=MOMENT)
    assert dict(written) == {
        "ce_specversion": b"1.0",
        "ce_id": b"00000000-0000-0000-0000-000000000007",
        "ce_source": b"/wardwatch",
        "ce_type": b"org.wardwatch.alerts.v1",
        "ce_subject": b"p-1",
        "ce_time": b"2026-01-02T03:04:05Z",
        "content-type": b"application/json",
    }
    assert len(written) == len(dict(written))


def test_a_trace_travels_on() -> None:
    trace = b"00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
    written = headers(event_id=UUID(int=7), ce_type="t", subject="p", time=MOMENT, traceparent=trace)
    assert dict(written)["traceparent"] == trace
