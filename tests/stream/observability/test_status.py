"""Each part that goes away is told once, and so is its return."""

from stream.observability.metrics import Metrics
from tests.builders.ports import News


def gauge(metrics: Metrics, component: str) -> float | None:
    return metrics.registry.get_sample_value("wardwatch_degraded", {"component": component})


async def test_the_same_news_twice_is_no_news() -> None:
    news, metrics = News(), Metrics()
    status = news.status(metrics)
    for away in (False, True, True, False, False, True):
        await status.tell("state", "Redis", away=away)
    assert news.changes == [("state", "degraded"), ("state", "restored"), ("state", "degraded")]
    assert len({one["id"] for one in news.told}) == 3


async def test_parts_are_away_by_themselves() -> None:
    news, metrics = News(), Metrics()
    status = news.status(metrics)
    await status.tell("state", "Redis", away=True)
    await status.tell("risk-model", "model", away=True)
    assert status.away == {"state", "risk-model"}
    await status.tell("state", "Redis", away=False)
    assert status.away == {"risk-model"}
    assert (gauge(metrics, "state"), gauge(metrics, "risk-model")) == (0, 1)


async def test_parts_of_a_component_are_told_each_by_itself() -> None:
    news, metrics = News(), Metrics()
    status = news.status(metrics)
    for part in ("vitals/3", "vitals/4"):
        await status.tell("log", "records were removed", away=True, part=part)
    await status.tell("log", "read to its end", away=False, part="vitals/3")
    assert [(one["part"], one["state"]) for one in news.told] == [
        ("vitals/3", "degraded"),
        ("vitals/4", "degraded"),
        ("vitals/3", "restored"),
    ]
    assert len({one["id"] for one in news.told}) == 3
    assert gauge(metrics, "log") == 1


async def test_each_silent_bed_is_told_with_its_patient_and_counted_without() -> None:
    news, metrics = News(), Metrics()
    status = news.status(metrics)
    for patient in ("p-1", "p-2"):
        await status.tell("feed", "no frame", away=True, patient=patient)
    await status.tell("feed", "frames", away=False, patient="p-1")
    assert [(one["patient"], one["state"]) for one in news.told] == [
        ("p-1", "degraded"),
        ("p-2", "degraded"),
        ("p-1", "restored"),
    ]
    assert gauge(metrics, "feed") == 1
    assert status.away == {"feed"}


async def test_news_says_who_tells_it_and_that_it_is_not_for_clinical_use() -> None:
    news = News()
    await news.status(Metrics()).tell("risk-model", "the model fails", away=True)
    (told,) = news.told
    assert told["worker"] == "worker-1"
    assert told["text"] == "the model fails"
    assert told["provenance"]["notice"] == "not for clinical use"
    assert "patient" not in told
