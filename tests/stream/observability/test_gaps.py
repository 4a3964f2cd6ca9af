"""Each gap is told, counted, shown, and told as over when its partition is read to its end."""

from stream.broker.lineage import Gap
from stream.observability.gaps import GapLedger
from stream.observability.metrics import Metrics
from tests.builders.ports import News

REMOVED = Gap("removed", "vitals", 3, 60, 20, "skipped")
ANEW = Gap("made-anew", "vitals", 4, 0, None, "went-on")


async def test_each_gap_is_told_when_there_is_time_and_as_over_when_everything_is_read() -> None:
    news, metrics = News(), Metrics()
    ledger = GapLedger(news.status(metrics), metrics)
    ledger.note(REMOVED)
    ledger.note(ANEW)
    assert news.told == []
    await ledger.tell(caught_up=False)
    assert [(one["component"], one["part"], one["state"], one["text"]) for one in news.told] == [
        ("log", "vitals/3 removed", "degraded", str(REMOVED)),
        ("log", "vitals/4 made-anew", "degraded", str(ANEW)),
    ]
    await ledger.tell(caught_up=True)
    assert [one["state"] for one in news.told[2:]] == ["restored", "restored"]
    await ledger.tell(caught_up=True)
    assert len(news.told) == 4


async def test_gaps_and_their_records_are_counted_by_kind_and_rule() -> None:
    metrics = Metrics()
    ledger = GapLedger(News().status(metrics), metrics)
    for gap in (REMOVED, REMOVED, ANEW):
        ledger.note(gap)

    def count(name: str, kind: str, rule: str) -> float | None:
        return metrics.registry.get_sample_value(f"wardwatch_{name}_total", {"kind": kind, "rule": rule})

    assert (count("gaps", "removed", "skipped"), count("gap_records", "removed", "skipped")) == (2, 40)
    assert (count("gaps", "made-anew", "went-on"), count("gap_records", "made-anew", "went-on")) == (1, 0)


async def test_the_latest_gaps_are_shown() -> None:
    ledger = GapLedger(News().status(Metrics()), Metrics())
    for begin in range(30):
        ledger.note(REMOVED._replace(begin=begin))
    assert [one["begin"] for one in ledger.told()] == list(range(10, 30))


async def test_news_that_is_no_gap_is_told_as_it_comes() -> None:
    news = News()
    ledger = GapLedger(news.status(Metrics()), Metrics())
    ledger.news("vitals/3", "has no leader", away=True)
    ledger.news("vitals/3", "has a leader again", away=False)
    await ledger.tell(caught_up=False)
    assert news.changes == [("log", "degraded"), ("log", "restored")]
