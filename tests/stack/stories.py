"""What operators, power cuts and old snapshots do to a ward: each story feeds in parts, and does its deed between them.

A supervisor starts the worker again when it ends itself, as any deployment does. For the stack tests and `make chaos`.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Final

import redis
from aiokafka.admin import AIOKafkaAdminClient, NewPartitions, RecordsToDelete

from models.risk.model import RiskModel
from schemas.vitals import VitalsFrame
from stream.broker.logs import broker_logs
from stream.broker.topics import create_topics
from stream.delivery.dead_letters import Failure
from stream.settings import Settings
from stream.stack.kafka import KafkaServer
from tests.stack.mischief import Hands
from tests.stack.ward import FOUND, expected

PER_S: Final = 400.0
_PATIENCE_S: Final = 90.0
PART_S: Final = 5.0  # a worker that idles has looked at its logs


@dataclass
class Feed:
    """Frames, fed in parts; each part is waited for until it is applied."""

    hands: Hands
    frames: Sequence[VitalsFrame]
    sent: int = 0
    removed: tuple[int, int] = (0, 0)  # from one frame to another: removed before anybody could read them
    successors: int = 0
    poison: int = 0  # records that no worker can use

    async def to(self, share: float, *, wait: bool = True, per_s: float = PER_S, skew_s: float | None = None) -> None:
        """Feed up to this share of the frames; with a clock that is wrong by so much."""
        until = round(share * len(self.frames))
        await self.hands.ward.feed(self.frames[self.sent : until], per_s, skew_s=skew_s)
        self.sent = until
        if wait:
            await self.applied()

    async def applied(self) -> None:
        """Wait until every frame that was sent is in a state; play the supervisor meanwhile."""
        wanted = self.sent - (self.removed[1] - self.removed[0])
        try:
            async with asyncio.timeout(_PATIENCE_S):
                while (await self.hands.ward.applied())["vitals"] < wanted:
                    await self.supervise()
                    await asyncio.sleep(0.2)
        except TimeoutError:
            found = (await self.hands.ward.applied())["vitals"]
            message = f"{found} of {wanted} frames were applied:\n{self.hands.worker.tail()}"
            raise AssertionError(message) from None
        await asyncio.sleep(1)  # the subscriber reads what was confirmed before

    async def supervise(self) -> None:
        """Start the worker again if it has ended."""
        if not self.hands.worker.runs:
            self.successors += 1
            with contextlib.suppress(AssertionError):  # it may end at once: a topic is missing
                await self.hands.worker.start()


Story = Callable[[Feed], Awaitable[None]]


@asynccontextmanager
async def admin_of(kafka: KafkaServer) -> AsyncIterator[AIOKafkaAdminClient]:
    admin = AIOKafkaAdminClient(bootstrap_servers=kafka.address)
    await admin.start()
    try:
        yield admin
    finally:
        await admin.close()


async def make_vitals_anew(settings: Settings) -> None:
    """As an operator does who wants to begin afresh."""
    admin = AIOKafkaAdminClient(bootstrap_servers=settings.broker)
    await admin.start()
    try:
        await admin.delete_topics(["vitals"])
        await asyncio.sleep(1)
    finally:
        await admin.close()
    await create_topics(settings)


async def topic_made_anew_while_down(feed: Feed) -> None:
    await feed.to(0.5)
    await feed.hands.worker.stop()
    await make_vitals_anew(feed.hands.ward.settings)
    await feed.to(1.0, wait=False)
    await feed.hands.worker.start()


async def topic_made_anew_while_up(feed: Feed) -> None:
    await feed.to(0.5)
    await make_vitals_anew(feed.hands.ward.settings)
    await feed.to(1.0)


async def cut_back(feed: Feed, keep: float = 0.4) -> None:
    """What a power cut does to logs that nobody flushed: their ends are gone when the broker is back."""
    kafka = feed.hands.whole_kafka()
    async with broker_logs(feed.hands.ward.connection) as logs:
        ends = {tp.partition: view.end for tp, view in (await logs.views(["vitals"])).items()}
    begins = feed.hands.ward.begins["vitals"]
    kafka.kill()
    for partition, end in ends.items():
        cut_log(kafka, f"vitals-{partition}", begins[partition] + round(keep * (end - begins[partition])))
    kafka.start()


def cut_log(kafka: KafkaServer, folder: str, end: int) -> None:
    """Drop the batches of a partition that begin at this offset or later."""
    for segment in (kafka.data / folder).glob("*.log"):
        kept, at, raw = bytearray(), 0, segment.read_bytes()
        while at < len(raw) and int.from_bytes(raw[at : at + 8]) < end:
            after = at + 12 + int.from_bytes(raw[at + 8 : at + 12])
            kept += raw[at:after]
            at = after
        segment.write_bytes(kept)


async def log_cut_back_while_down(feed: Feed) -> None:
    await feed.to(0.5)
    await feed.hands.worker.stop()
    await cut_back(feed)
    await feed.to(1.0, wait=False)  # longer than it was
    await feed.hands.worker.start()


async def log_cut_back_while_up(feed: Feed) -> None:
    await feed.to(0.5)
    await cut_back(feed)
    await feed.to(1.0)


async def removed_unread(feed: Feed) -> None:
    """Retention was too short for how long the worker was away."""
    await feed.to(0.4)
    await feed.hands.worker.stop()
    await feed.to(0.6, wait=False)
    async with broker_logs(feed.hands.ward.connection) as logs:
        ends = {tp: view.end for tp, view in (await logs.views(["vitals"])).items()}
    async with admin_of(feed.hands.whole_kafka()) as admin:
        await admin.delete_records({tp: RecordsToDelete(before_offset=end) for tp, end in ends.items()})
    feed.removed = (round(0.4 * len(feed.frames)), feed.sent)
    await feed.hands.worker.start()
    await asyncio.sleep(PART_S)
    await feed.to(1.0)


async def partitions_added(feed: Feed) -> None:
    await feed.to(0.5)
    async with admin_of(feed.hands.whole_kafka()) as admin:
        before = len((await admin.describe_topics(["vitals"]))[0]["partitions"])
        await admin.create_partitions({"vitals": NewPartitions(total_count=before + 4)})
        # A sender that learns of it between two frames of a patient sends them to two partitions, and no order is kept.
        while len((await admin.describe_topics(["vitals"]))[0]["partitions"]) == before:  # noqa: ASYNC110 - the broker says nothing by itself
            await asyncio.sleep(0.05)
    await feed.to(1.0)


async def older_redis_while_down(feed: Feed) -> None:
    await feed.to(0.3)
    copy = copied(feed.hands.redis.url)
    await feed.to(0.6)
    await feed.hands.worker.stop()
    put_back(feed.hands.redis.url, copy)
    await feed.hands.worker.start()
    await feed.to(1.0)


async def older_redis_while_up(feed: Feed) -> None:
    await feed.to(0.3)
    copy = copied(feed.hands.redis.url)
    await feed.to(0.6)
    put_back(feed.hands.redis.url, copy)
    await feed.to(1.0)


Copy = dict[bytes, tuple[bytes, int]]


def copied(url: str) -> Copy:
    """Everything that Redis holds, with the time that it still has."""
    with redis.Redis.from_url(url) as client:
        return {key: (client.dump(key), client.pttl(key)) for key in client.scan_iter("*")}


def put_back(url: str, copy: Copy) -> None:
    """What a failover to a replica does, or a snapshot that is restored."""
    with redis.Redis.from_url(url) as client:
        client.flushall()
        for key, (value, ttl_ms) in copy.items():
            client.restore(key, max(0, ttl_ms), value)


STORIES: Final[dict[str, Story]] = {
    "topic made anew, worker down": topic_made_anew_while_down,
    "topic made anew, worker up": topic_made_anew_while_up,
    "log cut back, worker down": log_cut_back_while_down,
    "log cut back, worker up": log_cut_back_while_up,
    "unread records removed": removed_unread,
    "partitions added": partitions_added,
    "older Redis, worker down": older_redis_while_down,
    "older Redis, worker up": older_redis_while_up,
}


@dataclass
class Outcome:
    """What a story came to."""

    lost: int
    invented: int
    doubled: int
    successors: int
    told: list[str]


async def play(story: Story, hands: Hands, frames: Sequence[VitalsFrame]) -> Outcome:
    """Tell a story to its end, and compare with a clean run."""
    feed = Feed(hands, frames)
    await story(feed)
    await feed.applied()
    ward = hands.ward
    read = [*frames[: feed.removed[0]], *frames[feed.removed[1] :]]
    clean = expected(read, ward.settings, RiskModel.load())
    came = {topic: set(ward.seen.ids[topic]) for topic in FOUND}
    unapplied = len(read) - (await ward.applied())["vitals"]
    letters = len({Failure.read(letter.headers).id for letter in ward.seen.dead_letters})
    return Outcome(
        lost=max(0, unapplied, feed.poison - letters) + sum(len(clean[topic] - came[topic]) for topic in FOUND),
        invented=max(0, -unapplied, letters - feed.poison)
        + sum(len(came[topic] - clean[topic] - ward.seen.again) for topic in FOUND),
        doubled=ward.seen.doubles(),
        successors=feed.successors,
        told=[one["text"] for one in ward.seen.status if one["component"] == "log" and one["state"] == "degraded"],
    )
