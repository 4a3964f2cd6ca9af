"""What a worker knows of its logs, on a broker and a Redis that do what the test says."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field

import pytest
from aiokafka import TopicPartition
from aiokafka.errors import KafkaConnectionError

from stream.broker.lineage import Gap, Log, Place, View
from stream.delivery import logbook
from stream.delivery.logbook import LogBook, LogChangedError, Read, StateBehindError
from stream.state.client import StateUnavailableError
from stream.state.marks import Step, is_before

TP = TopicPartition("vitals", 3)
OTHER = TopicPartition("labs", 3)
HERE = Log("here", 1)


@dataclass
class FakeBroker:
    """Tells what the test has put down; `failures` come first."""

    logs: dict[TopicPartition, View] = field(default_factory=lambda: {TP: View(HERE, 0, 100)})
    committed: dict[TopicPartition, Place] = field(default_factory=dict)
    ends: dict[int, int] = field(default_factory=dict)
    failures: int = 0
    asked: list[int] = field(default_factory=list)

    async def views(self, topics: Collection[str]) -> dict[TopicPartition, View]:
        assert topics
        if self.failures:
            self.failures -= 1
            raise KafkaConnectionError
        return dict(self.logs)

    async def epoch_end(self, tp: TopicPartition, epoch: int) -> int:
        assert tp in self.logs
        self.asked.append(epoch)
        return self.ends[epoch]

    async def commits(self, group: str, partitions: Iterable[TopicPartition]) -> dict[TopicPartition, Place]:
        assert group == "g-watch"
        return {tp: self.committed[tp] for tp in partitions if tp in self.committed}


@dataclass
class FakeMarks:
    """Redis, as far as marks go."""

    held: dict[str, Place] = field(default_factory=dict)
    away: bool = False

    async def load(self, partitions: Collection[str]) -> dict[str, Place]:
        if self.away:
            raise StateUnavailableError
        return {name: self.held[name] for name in partitions if name in self.held}

    async def advance(self, steps: Mapping[str, Step]) -> dict[str, Place | None]:
        lay = {name: self.held.get(name) for name in steps}
        if not any(
            mark is not None and step.known is not None and is_before(mark, step.known)
            for mark, step in zip(lay.values(), steps.values(), strict=True)
        ):
            for name, (reached, _) in steps.items():
                mark = self.held.get(name)
                self.held[name] = mark if mark is not None and is_before(reached, mark) else reached
        return lay


@dataclass
class Bench:
    """A log book with its ports."""

    broker: FakeBroker = field(default_factory=FakeBroker)
    marks: FakeMarks = field(default_factory=FakeMarks)
    gaps: list[Gap] = field(default_factory=list)
    news: list[tuple[str, bool]] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.book = LogBook(
            self.broker,
            self.marks,
            group="g-watch",
            topics=["vitals", "labs"],
            on_gap=self.gaps.append,
            on_news=self.on_news,
        )

    def on_news(self, part: str, text: str, *, away: bool) -> None:
        self.news.append((part, away))
        self.texts.append(text)

    async def begun(self, offset: int = 60) -> "Bench":
        """Begun at a commit that the states have reached."""
        self.broker.committed[TP] = self.marks.held["vitals/3"] = Place(offset, HERE)
        assert await self.book.begin([TP]) == {TP: Place(offset, HERE)}
        return self

    async def look(self, offset: int = 60, epoch: int = 1, position: int | None = None) -> int:
        return await self.book.look({TP: Read(offset, epoch, offset if position is None else position)})


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """No pause between tries."""
    monkeypatch.setattr(logbook, "_AGAIN_S", 0.0)


async def test_reading_begins_by_the_rules_and_each_gap_is_told() -> None:
    bench = Bench(FakeBroker(committed={TP: Place(60, HERE)}), FakeMarks({"vitals/3": Place(40, HERE)}))
    assert await bench.book.begin([TP]) == {TP: Place(40, HERE)}
    assert [gap.kind for gap in bench.gaps] == ["state-behind"]


async def test_a_partition_without_a_leader_is_left_to_the_consumer() -> None:
    bench = Bench()
    assert await bench.book.begin([TP, OTHER]) == {TP: Place(0, HERE)}


async def test_while_redis_is_away_nothing_speaks_against_the_commit_and_it_is_compared_when_redis_is_back() -> None:
    bench = Bench(FakeBroker(committed={TP: Place(60, HERE)}), FakeMarks({"vitals/3": Place(40, HERE)}, away=True))
    assert await bench.book.begin([TP]) == {TP: Place(60, HERE)}
    assert bench.gaps == []
    bench.marks.away = False
    with pytest.raises(StateBehindError, match="the states go up to 40 of vitals/3, and went to 60"):
        await bench.book.applied({TP: Place(70, HERE)})
    assert bench.marks.held["vitals/3"] == Place(40, HERE)


async def test_a_broker_that_does_not_answer_at_first_is_asked_again_and_every_gap_told_once() -> None:
    bench = Bench(FakeBroker(committed={TP: Place(60, HERE)}, failures=2), FakeMarks({"vitals/3": Place(40, HERE)}))
    await bench.book.begin([TP])
    assert len(bench.gaps) == 1


async def test_what_is_unread_is_counted_from_where_the_consumer_goes_on() -> None:
    bench = await Bench().begun()
    assert await bench.look(60) == 40
    assert await bench.look(60, position=90) == 10
    assert await bench.look(100) == 0


@pytest.mark.parametrize("start", [60, 80, 100])
async def test_records_that_were_removed_unread_are_told_once_and_are_not_unread(start: int) -> None:
    bench = await Bench().begun()
    bench.broker.logs[TP] = View(HERE, start, 100)
    assert await bench.look(60) == 100 - start
    assert await bench.look(60) == 100 - start
    assert [(gap.begin, gap.records, gap.rule) for gap in bench.gaps] == (
        [(60, start - 60, "skipped")] if start > 60 else []
    )


async def test_a_hole_that_the_consumer_found_is_told_as_far_as_it_was_removed() -> None:
    bench = await Bench().begun()
    bench.book.jumped(TP, 60, 75)
    bench.broker.logs[TP] = View(HERE, 70, 100)
    await bench.look(75)
    assert [(gap.begin, gap.records) for gap in bench.gaps] == [(60, 10)]
    bench.book.jumped(TP, 80, 82)  # a transaction's own records
    await bench.look(82)
    assert len(bench.gaps) == 1


async def test_a_topic_that_is_made_anew_ends_the_worker() -> None:
    bench = await Bench().begun()
    bench.broker.logs[TP] = View(Log("there", 1), 0, 5)
    with pytest.raises(LogChangedError, match="vitals was deleted and made anew"):
        await bench.look(60)


async def test_a_topic_that_was_made_anew_before_a_rebalance_is_simply_begun() -> None:
    bench = await Bench().begun()
    bench.broker.logs[TP] = View(Log("there", 0), 0, 5)
    del bench.broker.committed[TP]
    assert await bench.book.begin([TP]) == {TP: Place(0, Log("there", 0))}


async def test_another_leader_who_has_it_all_changes_nothing_and_is_asked_once() -> None:
    bench = await Bench().begun()
    bench.broker.logs[TP], bench.broker.ends = View(Log("here", 2), 0, 100), {1: 60}
    for _ in range(3):
        await bench.look(60)
    await bench.book.turned(TP, Read(60, 1))
    assert bench.broker.asked == [1]


@pytest.mark.parametrize("where", ["look", "turned"])
async def test_another_leader_who_lost_what_was_read_ends_the_worker(where: str) -> None:
    bench = await Bench().begun()
    bench.broker.logs[TP], bench.broker.ends = View(Log("here", 2), 0, 100), {1: 59}
    with pytest.raises(LogChangedError, match="was read to 60, and lies there to 59"):
        await (bench.look(60) if where == "look" else bench.book.turned(TP, Read(60, 1)))


async def test_an_end_before_what_was_read_ends_the_worker_when_it_is_seen_twice_in_a_row() -> None:
    bench = await Bench().begun()
    for end in (50, 60, 50):  # a leader that was just elected does not know at once how far all have it
        bench.broker.logs[TP] = View(HERE, 0, end)
        await bench.look(60)
    with pytest.raises(LogChangedError, match="vitals/3 ends at 50, and was read to 60"):
        await bench.look(60)


async def test_a_partition_that_loses_its_leader_is_told_and_told_again_when_it_has_one() -> None:
    bench = await Bench().begun()
    lost = bench.broker.logs.pop(TP)
    for _ in range(2):
        assert await bench.look(60) == 0
    bench.broker.logs[TP] = lost
    assert await bench.look(60) == 40
    assert bench.news == [("vitals leaders", True), ("vitals leaders", False)]


async def test_partitions_that_are_added_are_told() -> None:
    bench = await Bench().begun()
    bench.broker.logs[TopicPartition("vitals", 4)] = View(HERE, 0, 0)
    for _ in range(2):
        await bench.look(60)
    assert bench.news == [("vitals partitions", True)]


async def test_a_redis_that_falls_back_ends_the_worker_and_its_marks_stay() -> None:
    bench = await Bench().begun()
    await bench.book.applied({TP: Place(70, HERE)})
    bench.marks.held["vitals/3"] = Place(65, HERE)
    with pytest.raises(StateBehindError, match="up to 65 of vitals/3, and went to 70"):
        await bench.book.applied({TP: Place(80, HERE)})
    assert bench.marks.held["vitals/3"] == Place(65, HERE)


async def test_a_redis_that_was_emptied_is_told_and_marked_anew() -> None:
    bench = await Bench().begun()
    bench.marks.held.clear()
    await bench.book.applied({TP: Place(70, HERE)})
    assert [gap.kind for gap in bench.gaps] == ["state-unknown"]
    assert bench.marks.held["vitals/3"] == Place(70, HERE)


async def test_a_worker_that_had_the_partition_before_may_still_have_gone_further() -> None:
    bench = await Bench().begun()
    bench.marks.held["vitals/3"] = Place(65, HERE)
    await bench.book.applied({TP: Place(62, HERE)})
    await bench.book.applied({TP: Place(70, HERE)})
    assert bench.gaps == []


async def test_a_patients_place_stands_as_far_as_its_log_does() -> None:
    bench = await Bench().begun()
    bench.broker.logs[TP], bench.broker.ends = View(Log("here", 2), 0, 100), {1: 50, 0: 20}
    bench.broker.committed[TP] = bench.marks.held["vitals/3"] = Place(70, Log("here", 2))
    await bench.book.begin([TP])
    places = [
        Place(70, Log("here", 2)), Place(60, HERE), Place(40, HERE), Place(30, Log("here", 0)),
        Place(70, Log("gone", 2)), Place(70), Place(700),
    ]  # fmt: skip
    assert await bench.book.standings(TP, places) == [70, 50, 40, 20, 0, 70, 0]
    assert await bench.book.standings(OTHER, places) == [place.offset for place in places]


async def test_records_lie_in_the_topic_that_was_last_seen_and_in_no_known_one_before() -> None:
    bench = Bench()
    assert bench.book.log(TP, 4) == Log()
    await bench.book.begin([TP])
    assert bench.book.log(TP, 4) == Log("here", 4)


async def test_what_is_told_of_leaders_and_partitions_says_how_many_and_of_which_topic() -> None:
    bench = await Bench().begun()
    bench.broker.logs = {TP: View(HERE, 0, 100), TopicPartition("vitals", 4): View(HERE, 0, 0)}
    reads = {tp: Read(60, 1, 60) for tp in (OTHER, TopicPartition("labs", 4))}
    await bench.book.look(reads)
    bench.broker.logs |= {OTHER: View(Log("labs", 1), 0, 60), TopicPartition("labs", 4): View(Log("labs", 1), 0, 60)}
    await bench.book.look({OTHER: reads[OTHER]})
    assert bench.texts == [
        "vitals has 2 partitions instead of 1: keys move, and their order is not kept",
        "2 partitions of labs have no leader, or the topic is gone: nothing of them is read",
        "all partitions of labs have a leader again",
    ]


async def test_a_broker_that_does_not_answer_for_long_ends_the_beginning(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(logbook, "_PATIENCE_S", 0.0)
    with pytest.raises(KafkaConnectionError):
        await Bench(FakeBroker(failures=1)).book.begin([TP])


async def test_whoever_wants_to_know_is_told_where_reading_begins() -> None:
    bench, told = Bench(), list[Mapping[TopicPartition, Place]]()

    async def on_begun(begins: Mapping[TopicPartition, Place]) -> None:
        told.append(begins)

    bench.book.on_begun = on_begun
    begins = await bench.book.begin([TP])
    assert told == [begins] == [{TP: Place(0, HERE)}]


async def test_a_hole_in_one_partition_is_not_told_of_another_and_is_told_when_it_is_looked_at() -> None:
    bench = await Bench().begun()
    bench.book.jumped(OTHER, 5, 9)
    assert await bench.look(60) == 40
    assert bench.gaps == []
    bench.broker.logs[OTHER] = View(Log("labs", 1), 9, 20)
    await bench.book.look({OTHER: Read(9, 1, 9)})
    assert bench.gaps == [Gap("removed", "labs", 3, 5, 4, "skipped")]


async def test_what_was_removed_before_reading_began_is_not_told_again() -> None:
    bench = Bench(
        FakeBroker({TP: View(HERE, 80, 100)}, {TP: Place(60, HERE)}), FakeMarks({"vitals/3": Place(60, HERE)})
    )
    await bench.book.begin([TP])
    assert bench.gaps == [Gap("removed", "vitals", 3, 60, 20, "skipped")]
    bench.book.jumped(TP, 60, 80)
    await bench.look(80)
    assert len(bench.gaps) == 1


async def test_after_a_rebalance_nothing_of_before_counts() -> None:
    bench = await Bench().begun()
    bench.broker.logs[TP] = View(HERE, 70, 50)
    await bench.look(60)  # an end before us, seen once
    bench.book.jumped(TP, 60, 70)
    bench.broker.logs[TP] = View(HERE, 0, 100)
    bench.gaps.clear()
    await bench.begun()
    bench.broker.logs[TP] = View(HERE, 0, 50)
    await bench.look(60)
    assert bench.gaps == []


async def test_a_redis_that_was_away_when_reading_began_may_be_where_reading_began() -> None:
    bench = Bench(FakeBroker(committed={TP: Place(60, HERE)}), FakeMarks({"vitals/3": Place(60, HERE)}, away=True))
    await bench.book.begin([TP])
    bench.marks.away = False
    await bench.book.applied({TP: Place(70, HERE)})
    assert bench.marks.held["vitals/3"] == Place(70, HERE)
    assert bench.gaps == []


async def test_the_number_of_a_topics_partitions_is_that_of_the_latest_look() -> None:
    bench = Bench()
    assert bench.book.partitions("vitals") == 0
    bench.broker.logs[TP] = View(HERE, 0, 100, 8)
    await bench.book.begin([TP])
    assert (bench.book.partitions("vitals"), bench.book.partitions("labs")) == (8, 0)
    bench.broker.logs[TP] = View(HERE, 0, 100, 12)
    await bench.book.look({})
    assert bench.book.partitions("vitals") == 12


async def test_the_number_of_partitions_can_be_asked_for_and_the_answer_is_waited_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(logbook, "_AGAIN_S", 0.0)
    bench = Bench()
    bench.broker.failures = 2
    bench.broker.logs = {TP: View(HERE, 0, 100, 12)}
    assert await bench.book.ask_partitions("vitals") == 12
    assert bench.book.partitions("vitals") == 12
    assert await bench.book.ask_partitions("labs") == 0
