"""Marks in Redis go forward only, and one that lies before what is known is left as it is and told."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from redis.asyncio import Redis

from stream.broker.lineage import Log, Place
from stream.settings import Settings
from stream.stack.embedded import EmbeddedRedis
from stream.state.client import StateUnavailableError, redis_client
from stream.state.marks import Marks, Step

TTL_S = 100


@pytest.fixture
async def client(redis_server: EmbeddedRedis, tmp_path: Path) -> AsyncIterator[Redis]:
    assert tmp_path
    redis_server.start()
    async with redis_client(Settings(redis_url=redis_server.url)) as one:
        await one.flushall()
        yield one


@pytest.fixture
def marks(client: Redis) -> Marks:
    return Marks(client, "patient", TTL_S)


def at(offset: int, epoch: int = 0, topic_id: str = "t") -> Place:
    return Place(offset, Log(topic_id, epoch))


async def test_a_mark_is_kept_as_it_was_set_and_for_as_long_as_a_state(client: Redis, marks: Marks) -> None:
    assert await marks.load(["vitals/3"]) == {}
    assert await marks.advance({"vitals/3": Step(at(5, 2), None), "labs/0": Step(at(1), None)}) == {
        "vitals/3": None,
        "labs/0": None,
    }
    assert await marks.load(["vitals/3", "vitals/4"]) == {"vitals/3": at(5, 2)}
    assert TTL_S - 5 < await client.ttl("wardwatch:marks:patient") <= TTL_S


@pytest.mark.parametrize(
    ("new", "lies"),
    [
        (at(6), at(6)),
        (at(4), at(5)),  # an operator has the group read again
        (at(5), at(5)),
        (at(3, epoch=1), at(3, epoch=1)),  # the log was cut back
        (at(9, epoch=-1), at(9, epoch=-1)),  # a broker that tells no epochs
        (at(1, topic_id="u"), at(1, topic_id="u")),
    ],
)
async def test_a_mark_goes_forward_by_epoch_then_by_offset_unless_the_topic_is_another(
    marks: Marks, new: Place, lies: Place
) -> None:
    await marks.advance({"vitals/3": Step(at(5), None)})
    assert await marks.advance({"vitals/3": Step(new, at(5))}) == {"vitals/3": at(5)}
    assert await marks.load(["vitals/3"]) == {"vitals/3": lies}


@pytest.mark.parametrize("known", [at(6), at(1, epoch=1), at(6, epoch=-1)])
async def test_where_one_mark_lies_before_what_is_known_none_is_set(marks: Marks, known: Place) -> None:
    before = {"labs/3": at(5), "vitals/3": at(5)}
    await marks.advance({name: Step(place, None) for name, place in before.items()})
    steps = {"labs/3": Step(at(6), at(5)), "vitals/3": Step(at(9), known)}
    assert await marks.advance(steps) == before
    assert await marks.load(list(before)) == before


async def test_marks_that_redis_has_lost_are_set_anew(client: Redis, marks: Marks) -> None:
    await marks.advance({"vitals/3": Step(at(5), None)})
    await client.flushall()
    assert await marks.advance({"vitals/3": Step(at(6), at(5))}) == {"vitals/3": None}
    assert await marks.load(["vitals/3"]) == {"vitals/3": at(6)}


async def test_what_a_stranger_wrote_is_no_mark(client: Redis, marks: Marks) -> None:
    await client.hset("wardwatch:marks:patient", "vitals/3", "lots")
    assert await marks.load(["vitals/3"]) == {}
    assert await marks.advance({"vitals/3": Step(at(6), at(5))}) == {"vitals/3": None}


async def test_marks_are_unavailable_when_redis_is(redis_server: EmbeddedRedis, marks: Marks) -> None:
    redis_server.kill()
    for call in (marks.load(["vitals/3"]), marks.advance({"vitals/3": Step(at(6), None)})):
        with pytest.raises(StateUnavailableError):
            await call


@pytest.mark.parametrize("lies", [b"", b"\xff", b"five t:0", b"9" * 19 + b" t:0", b"\xc2\xb2 t:0", b"-1 t:0"])
async def test_what_is_no_mark_is_unknown_and_is_written_over(client: Redis, marks: Marks, lies: bytes) -> None:
    row: dict[Any, Any] = {"vitals/3": lies, b"\xfe": b"x"}
    await client.hset("wardwatch:marks:patient", mapping=row)
    assert await marks.load(["vitals/3"]) == {}
    assert await marks.advance({"vitals/3": Step(at(6), None)}) == {"vitals/3": None}
    assert await marks.load(["vitals/3"]) == {"vitals/3": at(6)}
