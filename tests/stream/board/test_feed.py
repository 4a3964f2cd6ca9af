"""Each viewer gets what it has not seen: of a bed the latest picture, of alarms every step, or everything anew."""

from datetime import timedelta

from stream.board.feed import Feed
from stream.board.recall import fill, lacking
from stream.subscriber.ward import Ward
from tests.builders.demo_records import NOW, a_forecast, a_frame, a_score, an_admission


def events(feed: Feed, seen: int | None) -> list[tuple[str, str]]:
    blocks = [block.split("\n") for block in feed.since(seen).decode().strip().split("\n\n")]
    return [(block[0].removeprefix("event: "), block[1].removeprefix("data: ")) for block in blocks]


def test_only_beds_that_have_changed_are_sent_and_of_each_the_latest_picture() -> None:
    feed = Feed()
    feed.see({"p-1": 1, "p-2": 1}, ["p-1", "p-2"], ward={})
    seen = feed.number
    feed.see({"p-1": 1, "p-2": 2}, ["p-1", "p-2"])
    feed.see({"p-2": 3}, ["p-2"])
    assert events(feed, seen) == [("bed", "3"), ("ward", "{}")]
    assert events(feed, feed.number) == [("ward", "{}")]
    assert events(feed, None) == [("begin", "{}"), ("bed", "1"), ("bed", "3"), ("ward", "{}")]


def test_a_bed_that_has_gone_is_told_and_one_that_is_back_is_there_again() -> None:
    feed = Feed()
    feed.see({"p-1": 1}, ["p-1"])
    seen = feed.number
    feed.see({}, ["p-1"])
    assert events(feed, seen)[0] == ("gone", '"p-1"')
    feed.see({"p-1": 1}, ["p-1"])
    assert events(feed, seen)[0] == ("bed", "1")


def test_of_steps_of_alarms_none_is_left_out_or_the_viewer_begins_anew() -> None:
    feed = Feed()
    feed.see({"p-1": 1}, ["p-1"])
    seen = feed.number
    feed.see({}, [], steps=[{"step": number} for number in range(1000)])
    assert [name for name, _ in events(feed, seen)] == ["alarm"] * 1000 + ["ward"]
    feed.see({}, [], steps=[{"step": 1000}])
    assert events(feed, seen)[0] == ("begin", "{}")
    assert events(feed, seen + 1)[0] == ("alarm", '{"step":1}')


def test_the_word_of_a_viewer_about_what_it_has_seen_counts_only_if_it_can_be_so() -> None:
    feed = Feed("run")
    feed.see({"p-1": 1}, ["p-1"])
    assert [feed.seen(said) for said in ("run-0", "run-1")] == [0, 1]
    odd = ("", "run", "run-", "run-2", "run--1", "run-x", "other-1", "run-" + "9" * 5000, "run-²")
    assert [feed.seen(said) for said in odd] == [None] * len(odd)


def test_a_bed_gets_the_score_and_the_forecast_that_it_lacks_and_keeps_what_is_newer() -> None:
    ward = Ward()
    ward.apply("patients", an_admission())
    assert lacking(ward) == set()  # nothing but an admission, which may be weeks old
    ward.apply("vitals", a_frame(heart_rate_bpm=80.0))
    ward.apply("scores", a_score({"heart_rate_bpm": 1}))
    assert lacking(ward) == {("forecasts", "sim-01")}
    before = NOW - timedelta(days=3)
    fill(ward, [("scores", a_score({"heart_rate_bpm": 3}), before), ("forecasts", a_forecast(0.02), before)])
    bed = ward.beds["sim-01"]
    assert (bed.points("heart_rate_bpm"), bed.risk_heard) == (1, before)
    assert lacking(ward) == set()
