"""Health is progress: both sides of the limit, and what is said over HTTP."""

import httpx
import pytest
from prometheus_client import CollectorRegistry, Counter

from stream.observability.health import Progress, served


@pytest.mark.parametrize(("now_s", "stuck"), [(100, False), (220, False), (220.001, True)])
def test_a_worker_is_stuck_after_the_limit_and_not_before(now_s: float, *, stuck: bool) -> None:
    assert Progress(100, 120).is_stuck(now_s) == stuck


def test_progress_begins_the_time_anew() -> None:
    progress = Progress(0, 120)
    progress.made(110)
    assert progress.stuck_for_s(130) == 20
    assert not progress.is_stuck(230)
    assert progress.is_stuck(231)


async def test_health_is_served_as_it_is_at_the_moment_of_asking() -> None:
    registry = CollectorRegistry()
    counter = Counter("wardwatch_things_total", "things", registry=registry)
    reports: dict[str, dict[str, object]] = {"live": {"ok": True}, "ready": {"ok": False, "draining": True}}
    async with (
        served("127.0.0.1", 0, registry, lambda: reports["live"], lambda: reports["ready"]) as address,
        httpx.AsyncClient(base_url=address) as client,
    ):
        live, ready = await client.get("/livez"), await client.get("/readyz")
        assert (live.status_code, live.json()) == (200, {"ok": True})
        assert (ready.status_code, ready.json()) == (503, {"ok": False, "draining": True})

        reports["live"] = {"ok": False}
        reports["ready"] = {"ok": True}
        assert (await client.get("/livez")).status_code == 503
        assert (await client.get("/readyz")).status_code == 200

        counter.inc(3)
        metrics = await client.get("/metrics")
        assert metrics.status_code == 200
        assert metrics.headers["content-type"].startswith("text/plain")
        assert "wardwatch_things_total 3.0" in metrics.text
        assert (await client.get("/")).status_code == 404


async def test_nothing_is_served_any_more_when_the_worker_has_ended() -> None:
    async with served("127.0.0.1", 0, CollectorRegistry(), lambda: {"ok": True}, lambda: {"ok": True}) as address:
        pass
    async with httpx.AsyncClient() as client:
        with pytest.raises(httpx.ConnectError):
            await client.get(f"{address}/livez")
