"""What an offset means: a place in one log, which can be made anew, cut back or shortened from its beginning. Pure.

Kafka gives two names by which that is seen. A topic that is deleted and made anew has another id. And each leader of a
partition has an epoch, which every batch that it takes carries; a log that was cut back (a power cut, an unclean
election) and grew again has other epochs from there on, and the broker tells where an epoch's records end (KIP-320).
"""

from collections.abc import Mapping
from typing import Final, Literal, NamedTuple, Self

KIND_TEXT: Final = {
    "made-anew": "the topic was deleted and made anew",
    "cut-back": "the broker lost the end of the log",
    "removed": "records were removed before they were read",
    "state-behind": "Redis holds an older state than it was given",
    "set-forward": "an operator, or an earlier version, committed further than the states are",
    "state-unknown": "Redis lost its states: patients begin anew",
}
Kind = Literal["made-anew", "cut-back", "removed", "state-behind", "set-forward", "state-unknown"]
Rule = Literal["read-again", "skipped", "went-on"]
RULE_TEXT: Final[dict[Rule, str]] = {
    "read-again": "read again",
    "skipped": "skipped",
    "went-on": "reading goes on",
}


class Log(NamedTuple):
    """The log that an offset is a place in; "" and -1 where a broker or an earlier version did not say."""

    topic_id: str = ""
    epoch: int = -1

    @classmethod
    def read(cls, text: str) -> Self:
        """From what `str` gives; anything else is an unknown log."""
        topic_id, _, epoch = text.partition(":")
        digits = epoch.removeprefix("-")
        known = digits.isascii() and digits.isdigit() and len(epoch) < 12  # noqa: PLR2004 - 32 bits
        return cls(topic_id, int(epoch)) if known else cls()

    def __str__(self) -> str:
        """One word, for a commit's metadata and for Redis."""
        return f"{self.topic_id}:{self.epoch}"


class Place(NamedTuple):
    """An offset and the log that it was one of: everything before it is done with."""

    offset: int
    log: Log = Log()

    @property
    def is_noted(self) -> bool:
        """Somebody wrote down which log it is a place in."""
        return self.log != Log()


class View(NamedTuple):
    """A partition's log as it is now. `end` follows the last record that can be read, none of an open transaction.

    `partitions` says how many its topic has; 0 where nobody said.
    """

    log: Log
    start: int
    end: int
    partitions: int = 0


class Gap(NamedTuple):
    """Records that were not read in their turn, and what is done about it. `records` is None where nobody can know."""

    kind: Kind
    topic: str
    partition: int
    begin: int
    records: int | None
    rule: Rule

    @property
    def place(self) -> str:
        """The partition, in a word."""
        return f"{self.topic}/{self.partition}"

    def __str__(self) -> str:
        """A sentence for whoever must know."""
        count = "an unknown number of" if self.records is None else str(self.records)
        return f"{KIND_TEXT[self.kind]}: {self.place} from offset {self.begin}, {count} records, {RULE_TEXT[self.rule]}"


class Begin(NamedTuple):
    """Where to begin to read a partition, and why that is not where somebody stopped."""

    offset: int
    gaps: tuple[Gap, ...] = ()


EpochEnds = Mapping[int, int]
"""Of one partition: an epoch's number -> where its records end in the log as it is now."""


def is_of(place: Place, view: View) -> bool:
    """A place in this topic, and not in one of the same name before it.

    Where nobody noted the topic's id, it is one unless it lies beyond the end.
    """
    if place.log.topic_id and view.log.topic_id:
        return place.log.topic_id == view.log.topic_id
    return place.offset <= view.end


def standing(place: Place, view: View, ends: EpochEnds) -> int:
    """How far what a place says is done still stands in a log as it is now: its offset, or less.

    `ends` must hold the place's epoch, where it is known and older than that of the log.
    """
    if not is_of(place, view):
        return 0
    if 0 <= place.log.epoch < view.log.epoch:
        return min(place.offset, ends.get(place.log.epoch, place.offset))
    return place.offset


def begin_at(
    topic: str, partition: int, view: View, commit: Place | None, mark: Place | None, ends: EpochEnds
) -> Begin:
    """Where to begin: at the commit, unless the log or the states are not those that it was made for.

    `commit` is what the group has committed, `mark` how far the states in Redis go; `ends` holds the epochs of both.
    """

    def gap(kind: Kind, begin: int, records: int | None, rule: Rule) -> Gap:
        return Gap(kind, topic, partition, begin, records, rule)

    # Without a commit the group is new, or the broker forgot it, as it does with a topic: the states know more.
    commit = mark if commit is None else commit
    if commit is None:
        return Begin(view.start)
    gaps: list[Gap] = []
    offset = view.start
    if not is_of(commit, view):
        gaps.append(gap("made-anew", offset, None, "went-on"))
    elif (offset := min(standing(commit, view, ends), view.end)) < commit.offset:
        gaps.append(gap("cut-back", offset, commit.offset - offset, "went-on"))
    stored = _stored(view, mark, ends, offset)
    if stored is None:
        if commit.is_noted and offset > view.start:  # it was noted by a worker, after it had set a mark
            gaps.append(gap("state-unknown", view.start, None, "went-on"))
    elif stored < offset and not commit.is_noted:  # the word of an operator, or of an earlier version, stands
        gaps.append(gap("set-forward", stored, offset - stored, "skipped"))
    elif stored < offset:
        gaps.append(gap("state-behind", stored, offset - stored, "read-again"))
        offset = stored
    if offset < view.start:
        gaps.append(gap("removed", offset, view.start - offset, "skipped"))
        offset = view.start
    return Begin(offset, tuple(gaps))


def _stored(view: View, mark: Place | None, ends: EpochEnds, offset: int) -> int | None:
    """How far the states go in this log, at the most up to this offset; None where nothing is known of that."""
    if mark is None:
        return None
    return min(standing(mark, view, ends), offset) if is_of(mark, view) else view.start
