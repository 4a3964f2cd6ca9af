"""What a worker knows of the logs of its partitions: where it began to read, how far it is, whether they are the same.

It looks every few seconds, at all partitions of its topics: what was removed unread is told; what was made anew or cut
back ends the worker, since nothing that it holds is true any more, and its successor begins by the rules of
stream/broker/lineage.py.
"""

import time
from collections import defaultdict
from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping
from typing import Final, NamedTuple, Protocol, TypeVar

from aiokafka import TopicPartition
from aiokafka.errors import KafkaError
from structlog import get_logger
from tenacity import AsyncRetrying, retry_if_exception_type, stop_after_delay, wait_fixed
from tenacity.stop import stop_base, stop_never

from stream.broker.lineage import Gap, Log, Place, View, begin_at, standing
from stream.state.client import StateUnavailableError
from stream.state.marks import Step, is_before

log = get_logger()

_PATIENCE_S: Final = 25.0  # Faust gives up a seek after 40 s
_AGAIN_S: Final = 0.5
_Answer = TypeVar("_Answer")


class LogChangedError(Exception):
    """A log is no longer the one that was read."""


class StateBehindError(Exception):
    """Redis holds older states than it was given."""


class Source(Protocol):
    """What is asked of the broker; stream.broker.logs.Logs."""

    async def views(self, topics: Collection[str]) -> dict[TopicPartition, View]: ...  # noqa: D102 - see there
    async def epoch_end(self, tp: TopicPartition, epoch: int) -> int: ...  # noqa: D102
    async def commits(self, group: str, partitions: Iterable[TopicPartition]) -> dict[TopicPartition, Place]: ...  # noqa: D102


class Applied(Protocol):
    """How far the states in Redis are; stream.state.marks.Marks."""

    async def load(self, partitions: Collection[str]) -> dict[str, Place]: ...  # noqa: D102 - see there
    async def advance(self, steps: Mapping[str, Step]) -> dict[str, Place | None]: ...  # noqa: D102


class News(Protocol):
    """Told what is not as it should be with a part of the logs, and when it is again."""

    def __call__(self, part: str, text: str, *, away: bool) -> None: ...  # noqa: D102


Standings = Callable[[TopicPartition, Collection[Place]], Awaitable[list[int]]]
"""How far each of some places of a partition still stands; see `LogBook.standings`."""


async def as_they_say(_: TopicPartition, places: Collection[Place]) -> list[int]:
    """For whoever knows nothing of logs: every place stands."""
    return [place.offset for place in places]


class Read(NamedTuple):
    """How far a partition was read.

    offset    follows the last record that was handed on
    epoch     under which that record was written, -1: none yet
    position  where the consumer goes on: further where behind that record lies nothing for us
    """

    offset: int
    epoch: int = -1
    position: int = 0


class LogBook:
    """One worker's knowledge of the logs of its topics."""

    def __init__(
        self,
        source: Source,
        applied: Applied,
        *,
        group: str,
        topics: Collection[str],
        on_gap: Callable[[Gap], None],
        on_news: News,
        on_begun: Callable[[Mapping[TopicPartition, Place]], Awaitable[None]] | None = None,
    ) -> None:
        self._source = source
        self._applied = applied
        self._group = group
        self._topics = topics
        self._on_gap = on_gap
        self._on_news = on_news
        self.on_begun = on_begun
        self._views: dict[TopicPartition, View] = {}
        self._looked_s: float | None = None
        self._ends: defaultdict[TopicPartition, dict[int, int]] = defaultdict(dict)  # under the leader of now
        self._begun: dict[TopicPartition, Place] = {}
        self._removed: dict[TopicPartition, int] = {}  # told up to this offset
        self._jumps: list[tuple[TopicPartition, int, int]] = []
        self._behind: set[TopicPartition] = set()  # their end lay before what was read, when last looked at
        self._marks: dict[str, Place | None] = {}  # as last seen in Redis
        self._leaderless: set[TopicPartition] = set()
        self._partitions: dict[str, int] = {}

    def log(self, tp: TopicPartition, epoch: int) -> Log:
        """The log that a record of this epoch, fetched now, lies in."""
        view = self._views.get(tp)
        return Log() if view is None else Log(view.log.topic_id, epoch)

    def partitions(self, topic: str) -> int:
        """How many partitions a topic has, by the latest look; 0 before the first."""
        return self._partitions.get(topic, 0)

    async def ask_partitions(self, topic: str) -> int:
        """How many partitions a topic has now. Waits for the broker's answer."""
        views = await self._until_answered(lambda: self._source.views(self._topics))
        self._partitions |= {tp.topic: view.partitions for tp, view in views.items()}
        return self.partitions(topic)

    async def begin(self, partitions: Collection[TopicPartition]) -> dict[TopicPartition, Place]:
        """Where to begin to read these partitions, which have just become ours; none of one without a leader.

        Waits a while for the broker, then raises what it raised.
        """
        self._begun = {}
        begins = await self._until_answered(lambda: self._begin(partitions), stop_after_delay(_PATIENCE_S))
        if self.on_begun is not None:
            await self.on_begun(begins)
        return begins

    async def _begin(self, partitions: Collection[TopicPartition]) -> dict[TopicPartition, Place]:
        self._see(await self._source.views(self._topics))
        commits = await self._source.commits(self._group, partitions)
        marks = await self._load_marks(partitions)
        begins: dict[TopicPartition, Place] = {}
        gaps: list[Gap] = []
        for tp in partitions:
            view = self._views.get(tp)
            if view is None:
                continue
            commit = commits.get(tp)
            mark = commit if marks is None else marks.get(name_of(tp))  # Redis is away: nothing speaks against it
            await self._know(tp, [place.log.epoch for place in (commit, mark) if place is not None])
            begin = begin_at(tp.topic, tp.partition, view, commit, mark, self._ends[tp])
            begins[tp] = Place(begin.offset, view.log)
            gaps += begin.gaps
        for gap in gaps:  # only now: an attempt that fails is made again
            self._on_gap(gap)
        self._begun = dict(begins)
        self._removed = {tp: place.offset for tp, place in begins.items()}
        self._behind.clear()
        self._jumps.clear()
        return begins

    async def _load_marks(self, partitions: Collection[TopicPartition]) -> dict[str, Place] | None:
        names = [name_of(tp) for tp in partitions]
        self._marks = {}
        try:
            marks = await self._applied.load(names)
        except StateUnavailableError:
            return None
        self._marks = {name: marks.get(name) for name in names}
        return marks

    def jumped(self, tp: TopicPartition, begin: int, end: int) -> None:
        """Nothing was found between these offsets: it was removed, or is none of ours (a transaction's own records)."""
        self._jumps.append((tp, begin, end))

    async def turned(self, tp: TopicPartition, read: Read) -> None:
        """The next record has another epoch than the last one: is what was read still there? Waits for the answer.

        Raises LogChangedError if not.
        """

        async def compare() -> None:
            self._see(await self._source.views(self._topics))
            if tp in self._views:
                await self._compare(tp, read, self._views[tp])

        await self._until_answered(compare)

    async def look(self, reads: Mapping[TopicPartition, Read]) -> int:
        """Look at the logs; how many records of ours are not read yet. `reads` are our partitions.

        Raises:
            LogChangedError: a log was made anew or cut back.
            KafkaError, OSError, TimeoutError: the broker does not answer.
        """
        began_s = time.time()
        views = await self._source.views(self._topics)
        self._see(views)
        self._looked_s = began_s
        self._tell_leaderless({tp for tp in reads if tp not in views})
        unread = 0
        for tp, read in reads.items():
            if tp in views:
                await self._compare(tp, read, views[tp])
                self._tell_removed(tp, read, views[tp])
                self._tell_an_end_before_us(tp, read, views[tp])
                unread += max(0, views[tp].end - max(read.position, views[tp].start))
        return unread

    def looked(self) -> tuple[float | None, dict[TopicPartition, int]]:
        """When the logs were last looked at, by the wall clock; None before. And where each ended, then or later."""
        return self._looked_s, {tp: view.end for tp, view in self._views.items()}

    async def standings(self, tp: TopicPartition, places: Collection[Place]) -> list[int]:
        """How far each of these places of states still stands. Waits for the broker where it must be asked."""
        view = self._views.get(tp)
        if view is None:
            return [place.offset for place in places]
        await self._until_answered(lambda: self._know(tp, {place.log.epoch for place in places}))
        return [standing(place, view, self._ends[tp]) for place in places]

    async def applied(self, reached: Mapping[TopicPartition, Place]) -> None:
        """The states are stored that follow from all records before these places.

        Raises:
            StateUnavailableError: Redis does not answer.
            StateBehindError: it was further when it was last asked, or than where we began.
        """
        steps = {name_of(tp): Step(place, self._known(tp)) for tp, place in reached.items()}
        lying = await self._applied.advance(steps)
        for tp in reached:
            name = name_of(tp)
            (place, known), lay = steps[name], lying[name]
            if lay is not None and known is not None and is_before(lay, known):
                message = f"Redis fell back: the states go up to {lay.offset} of {name}, and went to {known.offset}"
                raise StateBehindError(message)
            if lay is None and self._marks.get(name) is not None:
                self._on_gap(Gap("state-unknown", tp.topic, tp.partition, 0, None, "went-on"))
            self._marks[name] = place if lay is None or is_before(lay, place) else lay

    def _known(self, tp: TopicPartition) -> Place | None:
        """How far a partition's mark is known to be; where Redis was away when we began, as far as we began."""
        name = name_of(tp)
        if name in self._marks:
            return self._marks[name]
        begun = self._begun.get(tp)
        return None if begun is None else begun._replace(log=begun.log._replace(epoch=-1))

    async def _compare(self, tp: TopicPartition, read: Read, view: View) -> None:
        """Raise LogChangedError if the records that were read are no longer those that lie there."""
        await self._know(tp, [read.epoch])
        stands = standing(Place(read.offset, Log(view.log.topic_id, read.epoch)), view, self._ends[tp])
        if stands < read.offset:
            message = (
                f"the broker lost the end of {name_of(tp)}: it was read to {read.offset}, and lies there to {stands}"
            )
            raise LogChangedError(message)

    def _tell_an_end_before_us(self, tp: TopicPartition, read: Read, view: View) -> None:
        """Raise LogChangedError for an end before what was read, if it is seen twice.

        A leader that was just elected may not know yet how far all its followers are.
        """
        if view.end >= read.offset:
            self._behind.discard(tp)
        elif tp not in self._behind:
            self._behind.add(tp)
        else:
            message = f"{name_of(tp)} ends at {view.end}, and was read to {read.offset}"
            raise LogChangedError(message)

    def _tell_removed(self, tp: TopicPartition, read: Read, view: View) -> None:
        """Tell of records that were removed before they were read, each once."""
        jumps = [(begin, end) for jumped, begin, end in self._jumps if jumped == tp]
        self._jumps = [jump for jump in self._jumps if jump[0] != tp]
        for begin, end in [*jumps, (read.offset, view.start)]:
            begin, end = max(begin, self._removed.get(tp, 0)), min(end, view.start)  # noqa: PLW2901 - what is new of it
            if begin < end:
                self._on_gap(Gap("removed", tp.topic, tp.partition, begin, end - begin, "skipped"))
                self._removed[tp] = end

    def _tell_leaderless(self, now: set[TopicPartition]) -> None:
        """Tell of each topic once, however many of its partitions it is; a broker that restarts leads many."""
        before, after = ({tp.topic for tp in known} for known in (self._leaderless, now))
        for topic in sorted(after - before):
            count = sum(tp.topic == topic for tp in now)
            text = f"{count} partitions of {topic} have no leader, or the topic is gone: nothing of them is read"
            self._on_news(f"{topic} leaders", text, away=True)
        for topic in sorted(before - after):
            self._on_news(f"{topic} leaders", f"all partitions of {topic} have a leader again", away=False)
        self._leaderless = now

    def _see(self, views: dict[TopicPartition, View]) -> None:
        """Take note of what the logs are now. Raises LogChangedError where one that is read is another one."""
        for tp, view in views.items():
            before = self._views.get(tp)
            if before is not None and before.log != view.log:
                self._ends[tp].clear()
            if tp in self._begun and self._begun[tp].log.topic_id != view.log.topic_id:
                message = f"the topic {tp.topic} was deleted and made anew"
                raise LogChangedError(message)
        self._tell_added(views)
        self._views = self._views | views
        self._partitions |= {tp.topic: view.partitions for tp, view in views.items()}

    def _tell_added(self, views: dict[TopicPartition, View]) -> None:
        for topic in {tp.topic for tp in views} & {tp.topic for tp in self._views}:
            before, now = (sum(tp.topic == topic for tp in known) for known in (self._views, views))
            if now > before:
                text = f"{topic} has {now} partitions instead of {before}: keys move, and their order is not kept"
                self._on_news(f"{topic} partitions", text, away=True)

    async def _know(self, tp: TopicPartition, epochs: Iterable[int]) -> None:
        """Ask where the records of older epochs end, once under each leader."""
        for epoch in epochs:
            if 0 <= epoch < self._views[tp].log.epoch and epoch not in self._ends[tp]:
                self._ends[tp][epoch] = await self._source.epoch_end(tp, epoch)

    async def _until_answered(self, ask: Callable[[], Awaitable[_Answer]], stop: stop_base = stop_never) -> _Answer:
        """Ask again while the broker does not answer, and learn anew who leads."""
        async for attempt in AsyncRetrying(
            retry=retry_if_exception_type((KafkaError, OSError, TimeoutError)),
            wait=wait_fixed(_AGAIN_S),
            stop=stop,
            reraise=True,
        ):
            with attempt:
                if attempt.retry_state.attempt_number > 1:
                    self._see(await self._source.views(self._topics))
                return await ask()
        raise AssertionError


def name_of(tp: TopicPartition) -> str:
    """A partition in a word, as states and marks name it."""
    return f"{tp.topic}/{tp.partition}"
