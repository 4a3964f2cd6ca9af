"""Instants: a written zone counts, then the message's, then the sender's; in the autumn hour the feed's order."""

from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stream.gateway.conventions import Conventions
from stream.gateway.moments import Clock, NoMomentError, moment, zone_of
from tests.builders.hl7_messages import HEART_RATE, observed
from tests.stream.gateway.test_translate import READING, record, refusal

BERLIN = ZoneInfo("Europe/Berlin")
FIRST = datetime(2026, 10, 25, 0, 30, tzinfo=UTC)  # 02:30 in Berlin, summer time
SECOND = FIRST + timedelta(hours=1)  # 02:30 once more


@pytest.mark.parametrize(
    ("stamp", "instant"),
    [
        ("20261121101500+0530", datetime(2026, 11, 21, 4, 45, tzinfo=UTC)),
        ("20261121101500+05:30", datetime(2026, 11, 21, 4, 45, tzinfo=UTC)),
        ("20261121101500-08", datetime(2026, 11, 21, 18, 15, tzinfo=UTC)),
        ("20261121101500+00", datetime(2026, 11, 21, 10, 15, tzinfo=UTC)),
        ("20261121101500Z", datetime(2026, 11, 21, 10, 15, tzinfo=UTC)),
        ("202611211015+0000", datetime(2026, 11, 21, 10, 15, tzinfo=UTC)),
        ("20261121101500.5+0000", datetime(2026, 11, 21, 10, 15, 0, 500_000, tzinfo=UTC)),
        ("20261121101500.123456789+0000", datetime(2026, 11, 21, 10, 15, 0, 123_456, tzinfo=UTC)),
        ("20261121101500 +0100", datetime(2026, 11, 21, 9, 15, tzinfo=UTC)),
        ("2026-11-21T10:15:00-05:00", datetime(2026, 11, 21, 15, 15, tzinfo=UTC)),
    ],
)
def test_a_written_zone_is_never_replaced(stamp: str, instant: datetime) -> None:
    assert moment(stamp, Clock(BERLIN)) == instant


@pytest.mark.parametrize("zone", ["CET", "EST", "+2500", "+1", "+530", "+0175", "local", "+", "?"])
def test_a_zone_that_can_not_be_read_is_not_passed_over(zone: str) -> None:
    with pytest.raises(NoMomentError, match="zone"):
        moment(f"20261121101500{zone}", Clock(BERLIN))


@pytest.mark.parametrize(
    ("stamp", "zone"),
    [
        ("20261121101500-0700", timezone(timedelta(hours=-7))),
        ("20261121101500.1000+0800", timezone(timedelta(hours=8))),
        ("20261121+0100", timezone(timedelta(hours=1))),
        ("20261121101500Z", UTC),
        ("20261121101500", None),
        ("2026-11-21", None),
        ("2026-11-21T10:15:00", None),
        ("", None),
        ("20261121101500 CET", None),
    ],
)
def test_the_zone_of_a_message_is_read_from_a_stamp_of_any_precision(stamp: str, zone: timezone | None) -> None:
    assert zone_of(stamp) == zone


def test_the_messages_zone_comes_before_the_configured_one() -> None:
    sent = observed(HEART_RATE, time="20261121101500", sent="20261121101501-0700")
    here = Conventions(READING.key, BERLIN)
    assert record(sent, here)["time"] == datetime(2026, 11, 21, 17, 15, tzinfo=UTC)


def test_an_observations_own_moment_lies_in_the_messages_zone_too() -> None:
    sent = observed(HEART_RATE + "20261121101455", sent="20261121101501+0530")
    assert record(sent)["time"] == datetime(2026, 11, 21, 4, 44, 55, tzinfo=UTC)


@pytest.mark.parametrize(
    ("heard", "arrived", "instant"),
    [
        (None, FIRST + timedelta(seconds=2), FIRST),
        (None, SECOND + timedelta(seconds=2), SECOND),
        (FIRST - timedelta(minutes=1), None, FIRST),
        (SECOND - timedelta(minutes=29), None, SECOND),
        (SECOND - timedelta(minutes=1), None, SECOND),
        (FIRST + timedelta(minutes=20), SECOND + timedelta(seconds=2), SECOND),  # silent for forty minutes
        (FIRST - timedelta(minutes=1), SECOND + timedelta(minutes=40), FIRST),  # a backlog
        (None, SECOND + timedelta(hours=9), FIRST),  # a backlog that begins with it
        (FIRST - timedelta(days=3), SECOND + timedelta(minutes=5), SECOND),
    ],
)
def test_in_the_hour_that_comes_twice_the_order_of_arrival_decides(
    heard: datetime | None, arrived: datetime | None, instant: datetime
) -> None:
    assert moment("20261025023000", Clock(BERLIN, heard, arrived)) == instant


def test_a_running_feed_goes_on_through_the_hour_that_comes_twice() -> None:
    heard: datetime | None = None
    for minute in range(240):
        instant = FIRST - timedelta(minutes=90) + timedelta(minutes=minute)
        stamp = f"{instant.astimezone(BERLIN):%Y%m%d%H%M%S}"
        for arrived in (None, instant + timedelta(seconds=1)):
            assert moment(stamp, Clock(BERLIN, heard, arrived)) == instant
        heard = instant


def test_in_the_hour_that_is_left_out_a_stamp_is_read_as_if_it_had_not_been() -> None:
    assert moment("20260329023000", Clock(BERLIN)) == datetime(2026, 3, 29, 1, 30, tzinfo=UTC)


def test_one_bad_moment_costs_one_observation() -> None:
    sent = observed(HEART_RATE, HEART_RATE.replace("147842^MDC_ECG_HEART_RATE", "150456^MDC_PULS_OXIM_SAT_O2") + "2026")
    assert record(sent)["heart_rate_bpm"] == 92
    assert refusal(observed(HEART_RATE + "2026")) == ("OBX^1^14", "102")


@given(st.text(alphabet="0123456789+-:.TZ ", max_size=30))
def test_no_stamp_makes_it_fail(stamp: str) -> None:
    try:
        assert moment(stamp, Clock(BERLIN)).tzinfo is not None
    except NoMomentError:
        return


@pytest.mark.parametrize("stamp", ["20261121101500250+0100", "20261121101500.250+0100", "20261121 101500250 +0100"])
def test_milliseconds_are_read_with_a_point_before_them_and_without(stamp: str) -> None:
    expected = datetime(2026, 11, 21, 9, 15, 0, 250_000, UTC)
    assert moment(stamp, Clock(None)) == expected


@pytest.mark.parametrize("stamp", ["202611211015002+0100", "2026112110150025+0100", "202611211015002500+0100"])
def test_other_figures_behind_the_second_are_none_of_it(stamp: str) -> None:
    with pytest.raises(NoMomentError):
        moment(stamp, Clock(None))
