"""`make chaos`: each kind of mischief again and again on real Kafka and Redis, and what it came to, in numbers."""

import asyncio
import logging
import tempfile
import time
import uuid
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Final

import redis
import typer
from rich.console import Console

from models.risk.model import RiskModel
from schemas.vitals import VitalsFrame
from stream.broker.topics import PARTITIONS, list_topics
from stream.stack.embedded import EmbeddedRedis
from stream.stack.kafka import KafkaServer
from tests.stack.counts import show
from tests.stack.mischief import MISCHIEF, Hands
from tests.stack.producers import PRODUCERS
from tests.stack.stories import STORIES, make_vitals_anew, play
from tests.stack.ward import FOUND, TestWard, expected, frames_of, ward

COUNTED: Final = ("frames", "findings", "lost", "invented", "again", "doubled", "successors", "told", "silence_s")
TOLD_STORIES: Final = STORIES | PRODUCERS
KINDS: Final = (*MISCHIEF, *TOLD_STORIES)


def main(
    rounds: Annotated[int, typer.Option(min=1, help="How often each kind of mischief is made.")] = 5,
    patients: Annotated[int, typer.Option(min=1)] = 12,
    steps: Annotated[int, typer.Option(min=1, help="Frames of each patient in a round.")] = 600,
    per_s: Annotated[float, typer.Option(min=1, help="Frames a second, all patients together.")] = 300.0,
    only: Annotated[str, typer.Option(help="Only the kinds of mischief whose name holds this.")] = "",
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Print the counts as one JSON object.")] = False,
) -> None:
    """Break a ward in every way we know, count what was lost and what came twice; exit 1 when anything was lost.

    `again` are alarms of which history was published first, and that sounded later (models/watch/untold.py).
    `silence_s` is the longest time without an alert in a round; compare it with that of "nothing".
    """
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)  # that the broker is away is no news here
    rows: dict[str, Counter[str]] = {name: Counter() for name in KINDS if only in name}
    err = Console(stderr=True)
    with tempfile.TemporaryDirectory(prefix="wardwatch-chaos-") as scratch, KafkaServer() as kafka:
        for name, counts in rows.items():
            for number in range(rounds):
                began_s = time.monotonic()
                folder = Path(scratch) / uuid.uuid4().hex
                folder.mkdir()
                with EmbeddedRedis(keep_in=folder) as server:
                    counted, told = asyncio.run(_round(name, kafka, server, folder, patients, steps, per_s))
                silence_s = max(counts["silence_s"], counted["silence_s"])
                counts.update(counted)
                counts["silence_s"] = silence_s
                err.print(
                    f"{name} {number + 1}/{rounds}: {counted} in {time.monotonic() - began_s:.0f} s", *told, sep="\n  "
                )
    show(rows, rounds, COUNTED, as_json=as_json)
    if any(counts["lost"] or counts["invented"] for counts in rows.values()):
        raise typer.Exit(1)


async def _round(
    name: str, kafka: KafkaServer, server: EmbeddedRedis, folder: Path, patients: int, steps: int, per_s: float
) -> tuple[dict[str, int], list[str]]:
    """What was counted, and what was told."""
    with redis.Redis.from_url(server.url) as client:
        client.flushall()
    prefix = f"c{uuid.uuid4().hex[:8]}"
    frames = frames_of(prefix, patients, steps)
    async with ward(kafka.address, server.url, prefix, folder) as one:
        hands = Hands(one, one.worker(), server, kafka)
        await hands.worker.start()
        if name in TOLD_STORIES:
            return await _story(name, hands, frames), _told(one)
        feeding = asyncio.create_task(one.feed(frames, per_s))
        await MISCHIEF[name](hands)
        await feeding
        successors = await _settled(hands)
        clean = expected(frames, one.settings, RiskModel.load())
        came = {topic: set(one.seen.ids[topic]) for topic in FOUND}
        unapplied = len(frames) - (await one.applied())["vitals"]
        counted = {
            "frames": len(frames),
            "findings": sum(len(clean[topic]) for topic in FOUND),
            "lost": unapplied + sum(len(clean[topic] - came[topic]) for topic in FOUND),
            "invented": sum(len(came[topic] - clean[topic] - one.seen.again) for topic in FOUND),
            "again": len(one.seen.again),
            "doubled": one.seen.doubles(),
            "successors": successors,
            "told": len(_told(one)),
            "silence_s": round(one.seen.longest_silence_s()),
        }
        return counted, _told(one)


async def _story(name: str, hands: Hands, frames: Sequence[VitalsFrame]) -> dict[str, int]:
    outcome = await play(TOLD_STORIES[name], hands, frames)
    (vitals,) = await list_topics(hands.ward.settings, ["vitals"])
    if vitals.partitions != PARTITIONS:
        await make_vitals_anew(hands.ward.settings)
    clean = expected(frames, hands.ward.settings, RiskModel.load())
    return {
        "frames": len(frames),
        "findings": sum(len(clean[topic]) for topic in FOUND),
        "lost": outcome.lost,
        "invented": outcome.invented,
        "again": len(hands.ward.seen.again),
        "doubled": outcome.doubled,
        "successors": outcome.successors,
        "told": len(_told(hands.ward)),
        "silence_s": round(hands.ward.seen.longest_silence_s()),
    }


def _told(ward: TestWard) -> list[str]:
    """What was said on ward-status not to be as it should be."""
    return [f"{one['component']}: {one['text']}" for one in ward.seen.status if one["state"] == "degraded"]


async def _settled(hands: Hands) -> int:
    """Play the supervisor until all is worked off: a worker may end itself over a broker that went; how many did."""
    successors = 0
    settling = asyncio.create_task(hands.ward.settled())
    while not settling.done():
        if not hands.worker.runs:
            successors += 1
            await hands.worker.start()
        await asyncio.wait({settling}, timeout=1)
    await settling
    return successors


if __name__ == "__main__":
    typer.run(main)
