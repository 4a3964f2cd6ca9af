"""Whatever becomes of a log and of the states, a record that lies there is applied or will be read, and nothing twice.

The property plays a broker (a topic made anew, cut back, shortened), a Redis that falls back to an older copy, and a
worker that reads by the rules; every record has a number of its own, so what is missing shows.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stream.broker.lineage import Gap, Kind, Log, Place, Rule, View, begin_at, is_of, standing

OLD, NEW = "old-topic", "new-topic"


def a_view(end: int = 100, start: int = 0, topic_id: str = NEW, epoch: int = 0) -> View:
    return View(Log(topic_id, epoch), start, end)


def a_place(offset: int, topic_id: str = NEW, epoch: int = 0) -> Place:
    return Place(offset, Log(topic_id, epoch))


def begun(
    view: View, commit: Place | None, mark: Place | None, ends: dict[int, int] | None = None
) -> tuple[int, list[tuple[str, int, int | None, str]]]:
    begin = begin_at("vitals", 3, view, commit, mark, ends or {})
    return begin.offset, [(gap.kind, gap.begin, gap.records, gap.rule) for gap in begin.gaps]


def test_reading_goes_on_where_the_group_stopped() -> None:
    assert begun(a_view(), a_place(60), a_place(60)) == (60, [])
    assert begun(a_view(), a_place(60), a_place(70)) == (60, [])  # stored, and not yet committed


def test_a_new_group_begins_at_the_beginning_or_where_the_states_are() -> None:
    assert begun(a_view(start=10), None, None) == (10, [])
    assert begun(a_view(), None, a_place(60)) == (60, [])
    assert begun(a_view(), None, a_place(60, OLD)) == (0, [("made-anew", 0, None, "went-on")])


def test_a_topic_made_anew_is_read_from_its_beginning_whatever_was_committed() -> None:
    told = [("made-anew", 0, None, "went-on")]
    assert begun(a_view(), a_place(60, OLD), a_place(60, OLD)) == (0, told)
    assert begun(a_view(end=10), a_place(60, OLD), None) == (0, told)
    assert begun(a_view(end=10), a_place(60, ""), None) == (0, told)  # nobody noted its id, but it lies beyond the end


def test_a_log_that_was_cut_back_and_grew_again_is_read_from_where_it_was_cut() -> None:
    told = [("cut-back", 20, 40, "went-on")]
    assert begun(a_view(epoch=2), a_place(60), a_place(60), {0: 20}) == (20, told)
    assert begun(a_view(epoch=2), a_place(60), a_place(60), {0: 60}) == (60, [])  # another leader, nothing lost
    assert begun(a_view(end=20), a_place(60), a_place(60)) == (20, told)


def test_what_was_removed_unread_is_counted() -> None:
    assert begun(a_view(start=80), a_place(60), a_place(60)) == (80, [("removed", 60, 20, "skipped")])
    assert begun(a_view(start=60), a_place(60), a_place(60)) == (60, [])


def test_a_redis_that_fell_back_is_caught_up_with() -> None:
    assert begun(a_view(), a_place(60), a_place(40)) == (40, [("state-behind", 40, 20, "read-again")])
    assert begun(a_view(), a_place(60), a_place(90, OLD)) == (0, [("state-behind", 0, 60, "read-again")])
    assert begun(a_view(start=50), a_place(60), a_place(40)) == (
        50,
        [("state-behind", 40, 20, "read-again"), ("removed", 40, 10, "skipped")],
    )


def test_where_an_operator_set_the_group_is_where_it_begins_and_what_is_passed_over_is_told() -> None:
    told = [("set-forward", 40, 20, "skipped")]
    assert begun(a_view(), Place(60), a_place(40)) == (60, told)
    assert begun(a_view(), Place(20), a_place(40)) == (20, [])
    assert begun(a_view(), Place(60, Log("", 0)), Place(40, Log("", 0))) == (  # a broker that knows no ids of topics
        40,
        [("state-behind", 40, 20, "read-again")],
    )


def test_a_redis_that_knows_nothing_is_told_and_the_whole_log_not_read_again() -> None:
    assert begun(a_view(), a_place(60), None) == (60, [("state-unknown", 0, None, "went-on")])
    assert begun(a_view(start=60), a_place(60), None) == (60, [])
    assert begun(a_view(), Place(60), None) == (60, [])  # an operator's commit, or an earlier version's


@pytest.mark.parametrize(
    "text", ["", "x", "id:", "id:x", ":", "id:99999999999999", "id:1:2", "id:²", "id:--1", "id:-", "id:~5"]
)
def test_a_strangers_note_on_a_commit_is_an_unknown_log(text: str) -> None:
    assert Log.read(text) == Log()


@given(topic_id=st.uuids().map(str), epoch=st.integers(-1, 2**31 - 1))
def test_a_log_is_read_as_it_was_written(topic_id: str, epoch: int) -> None:
    assert Log.read(str(Log(topic_id, epoch))) == Log(topic_id, epoch)


def test_a_gap_is_told_in_a_sentence() -> None:
    gap = Gap("removed", "vitals", 3, 60, 20, "skipped")
    assert str(gap) == "records were removed before they were read: vitals/3 from offset 60, 20 records, skipped"


@pytest.mark.parametrize(
    ("kind", "rule", "text"),
    [
        ("made-anew", "went-on", "the topic was deleted and made anew: v/3 from offset 6, 2 records, reading goes on"),
        ("cut-back", "went-on", "the broker lost the end of the log: v/3 from offset 6, 2 records, reading goes on"),
        (
            "state-behind",
            "read-again",
            "Redis holds an older state than it was given: v/3 from offset 6, 2 records, read again",
        ),
        (
            "set-forward",
            "skipped",
            "an operator, or an earlier version, committed further than the states are: v/3 from offset 6, 2 records, skipped",  # noqa: E501
        ),
        (
            "state-unknown",
            "went-on",
            "Redis lost its states: patients begin anew: v/3 from offset 6, 2 records, reading goes on",
        ),
    ],
)
def test_each_kind_of_gap_has_its_sentence(kind: Kind, rule: Rule, text: str) -> None:
    assert str(Gap(kind, "v", 3, 6, 2, rule)) == text


def test_a_log_of_which_nothing_is_known_is_written_as_such_and_noted_by_nobody() -> None:
    assert (str(Log()), str(Log("id", 3))) == (":-1", "id:3")
    assert not Place(5).is_noted
    assert Place(5, Log("", 0)).is_noted


def test_a_gap_of_which_nobody_knows_the_size_says_so() -> None:
    gap = Gap("made-anew", "vitals", 3, 0, None, "went-on")
    assert "an unknown number of records" in str(gap)


@pytest.mark.parametrize(("text", "log"), [("id:12345678901", Log("id", 12_345_678_901)), ("id:123456789012", Log())])
def test_an_epoch_that_no_broker_has_is_an_unknown_log(text: str, log: Log) -> None:
    assert Log.read(text) == log


@pytest.mark.parametrize(("offset", "is_there"), [(100, True), (101, False)])
def test_a_place_without_a_topic_is_one_of_this_log_up_to_its_end(offset: int, *, is_there: bool) -> None:
    assert is_of(Place(offset), a_view(end=100)) is is_there


class Written(NamedTuple):
    """A record: the leader's epoch, and a number that no other has."""

    epoch: int
    number: int


@dataclass
class Broker:
    """A partition. Cutting it back makes a new epoch, as an election does."""

    topic_id: int = 0
    epoch: int = 0
    start: int = 0
    log: list[Written] = field(default_factory=list)
    epochs: list[tuple[int, int]] = field(default_factory=lambda: [(0, 0)])  # epoch, the offset that it began at
    written: int = 0

    def append(self, count: int) -> None:
        self.log += [Written(self.epoch, self.written + number) for number in range(count)]
        self.written += count

    def elect(self) -> None:
        self.epoch += 1
        self.epochs.append((self.epoch, len(self.log)))

    def cut(self, count: int) -> None:
        del self.log[max(self.start, len(self.log) - count) :]
        self.epochs = [(epoch, begin) for epoch, begin in self.epochs if begin < len(self.log)] or [(0, 0)]
        self.elect()

    def remove(self, count: int) -> None:
        self.start = min(len(self.log), self.start + count)

    def make_anew(self) -> None:
        self.topic_id += 1
        self.epoch, self.start, self.log, self.epochs = 0, 0, [], [(0, 0)]

    def view(self) -> View:
        return View(Log(str(self.topic_id), self.epoch), self.start, len(self.log))

    def ends(self) -> dict[int, int]:
        """As OffsetForLeaderEpoch answers."""
        after = [begin for _, begin in self.epochs[1:]] + [len(self.log)]
        known = {epoch: end for (epoch, _), end in zip(self.epochs, after, strict=True)}
        return {epoch: known[max(one for one in known if one <= epoch)] for epoch in range(self.epoch + 1)}


class States(NamedTuple):
    """What Redis holds: a patient's position, the mark, and which records made the state."""

    patient: Place
    mark: Place | None
    applied: frozenset[int]


@dataclass
class Ward:
    """A worker with one patient, who has every record."""

    broker: Broker = field(default_factory=Broker)
    states: States = field(default_factory=lambda: States(Place(0), None, frozenset()))
    commit: Place | None = None
    copies: list[States] = field(default_factory=list)
    doubled: int = 0

    def work(self, count: int, *, commit: bool) -> None:
        """Begin by the rules, apply so many records as they come, and commit, unless the power goes first."""
        view, ends = self.broker.view(), self.broker.ends()
        begin = begin_at("t", 0, view, self.commit, self.states.mark, ends)
        done = standing(self.states.patient, view, ends)
        for offset in range(begin.offset, min(view.end, begin.offset + count)):
            one = self.broker.log[offset]
            place = Place(offset + 1, Log(view.log.topic_id, one.epoch))
            applied = self.states.applied
            if offset >= done:
                self.doubled += one.number in applied
                applied |= {one.number}
            self.states = States(place if offset >= done else self.states.patient, place, applied)
        if commit and self.states.mark is not None and self.states.mark.log.topic_id == view.log.topic_id:
            self.commit = self.states.mark

    def catch_up(self) -> set[int]:
        """Read to the end; the numbers of records that lie there and are not in the state."""
        self.work(len(self.broker.log), commit=True)
        there = {one.number for one in self.broker.log[self.broker.start :]}
        return there - self.states.applied

    def copy(self) -> None:
        """Keep a copy of what Redis holds. One that knows nothing is another matter, see above."""
        if self.states.mark is not None:
            self.copies.append(self.states)

    def restore(self) -> None:
        if self.copies:
            self.states = self.copies.pop()


DEEDS: dict[str, Callable[[Ward, int], None]] = {
    "work": lambda ward, count: ward.work(count, commit=True),
    "work and die": lambda ward, count: ward.work(count, commit=False),
    "cut": lambda ward, count: ward.broker.cut(count),
    "remove": lambda ward, count: ward.broker.remove(count),
    "elect": lambda ward, _: ward.broker.elect(),
    "make anew": lambda ward, _: ward.broker.make_anew(),
    "copy": lambda ward, _: ward.copy(),
    "restore": lambda ward, _: ward.restore(),
}
steps = st.tuples(st.integers(0, 6), st.sampled_from(["work", "copy", *sorted(DEEDS)]), st.integers(1, 6))


@settings(max_examples=500)
@given(st.lists(steps, min_size=8, max_size=40))
def test_every_record_of_the_log_is_applied_once_whatever_becomes_of_log_and_states(
    story: list[tuple[int, str, int]],
) -> None:
    ward = Ward()
    for records, deed, count in story:
        ward.broker.append(records)
        DEEDS[deed](ward, count)
    assert ward.catch_up() == set()
    assert ward.doubled == 0


def test_how_many_partitions_a_topic_has_is_unknown_until_somebody_says() -> None:
    assert View(Log(), 0, 1).partitions == 0
