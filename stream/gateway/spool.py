"""Records on disk while the broker is away: in order, sealed, bounded, and there after a crash.

A folder of segments, each a head (format, salt) and entries: four bytes of length, and one message's records, sealed
under its number. What `append` has returned for is on disk. What a crash has left half written was never answered and
is cut off. `forget` may come late or be lost: then records are sent again, under the same ids.
"""

import json
import os
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, suppress
from datetime import datetime
from fcntl import LOCK_EX, LOCK_NB, flock
from pathlib import Path
from threading import Lock
from typing import BinaryIO, Final, NamedTuple

from structlog import get_logger

from schemas.arrival import HELD_MS
from stream.feeds.events import FeedEvent
from stream.gateway.vault import SALT_BYTES, File, SealError, Vault

log = get_logger()

MOST_BYTES: Final = 2**30
"""Of a spool, 1 GiB; our choice: a day and more of 50 beds that send every ten seconds."""
_SEGMENT_BYTES: Final = 8 * 2**20
_FORMAT: Final = b"WARDWATCH SPOOL1"
_HEAD_BYTES: Final = len(_FORMAT) + SALT_BYTES
_LENGTH_BYTES: Final = 4
_DRAINED: Final = "drained"
_KEPT_AT: Final = "x-kept-at-ms"
"""On disk, beside the record's own headers: when it was kept."""
_MARKED_MS: Final = 1000  # who waited for less came as good as now; our choice


class SpoolError(Exception):
    """The folder's spool can't be used; the text says why."""


class Place(NamedTuple):
    """A place in the spool: a segment, which of its entries, and where in the file that begins."""

    segment: int
    entry: int = 0
    offset: int = _HEAD_BYTES


class _Entry(NamedTuple):
    sealed: bytes
    after: Place


class Spool:
    """A spool in a folder, which is made where it is not there. One process at a time; any of its threads."""

    def __init__(
        self,
        folder: Path,
        vault: Vault,
        most_bytes: int = MOST_BYTES,
        segment_bytes: int = _SEGMENT_BYTES,
        clock: Callable[[], float] = time.time,
    ) -> None:
        """Open a spool. Raises SpoolError where it was sealed with another secret, OSError where it can't be used."""
        self._clock = clock
        self.held_bytes = 0
        self.lost_entries = 0
        self._folder = folder
        self._vault = vault
        self._most_bytes = most_bytes
        self._segment_bytes = segment_bytes
        self._lock = Lock()
        self._writing: BinaryIO | None = None
        self._seals: dict[int, File] = {}
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._next = self._end = Place(1)  # to be read, to be written
        self._lock_file = (folder / "lock").open("wb")
        with ExitStack() as on_failure:
            on_failure.callback(self._lock_file.close)
            self._begin()
            on_failure.pop_all()

    def _begin(self) -> None:
        try:
            flock(self._lock_file, LOCK_EX | LOCK_NB)
        except BlockingIOError:
            message = f"another gateway uses the spool in {self._folder}"
            raise SpoolError(message) from None
        known = self._segments()
        if known:
            self._next = Place(known[0])
            self._recover(known)

    def close(self) -> None:
        """Let another process use the folder."""
        self._leave_segment()
        self._lock_file.close()

    @property
    def is_empty(self) -> bool:
        """Whether nothing waits."""
        return self._next == self._end

    @property
    def is_full(self) -> bool:
        """Whether a message may not find room."""
        return self.held_bytes >= self._most_bytes

    def append(self, messages: Sequence[Sequence[FeedEvent]]) -> list[bool]:
        """Keep messages, in order; of each whether there was room. On return those are on disk.

        Raises OSError where the disk does not take them: then none is sure to be there.
        """
        with self._lock:
            try:
                return self._append(messages)
            except OSError:
                self._leave_segment()
                raise

    def _append(self, messages: Sequence[Sequence[FeedEvent]]) -> list[bool]:
        kept = []
        now_ms = round(self._clock() * 1000)
        for events in messages:
            plain = _written(events, now_ms)
            fits = self.held_bytes + len(plain) <= self._most_bytes
            kept.append(fits)
            if fits:
                self._write(plain)
        if self._writing is not None:
            self._writing.flush()
            os.fsync(self._writing.fileno())
        return kept

    def _leave_segment(self) -> None:
        """Write no more to a segment of which it is not known how far it goes."""
        if self._writing is not None:
            with suppress(OSError):
                self._writing.close()
        self._writing, self._end = None, Place(self._end.segment + 1)

    def read(self, most_entries: int) -> tuple[list[FeedEvent], Place]:
        """The records of the oldest messages, and the place behind them. Raises OSError.

        What has waited says in a header for how long: it is not of now, though the broker will stamp it so.
        """
        with self._lock:
            events: list[FeedEvent] = []
            place = self._next
            for number, entry in enumerate(self._entries(self._next, self._end)):
                if number == most_entries:
                    return events, place
                events += self._opened(entry)
                place = entry.after
            return events, self._end

    def forget(self, upto: Place) -> None:
        """Give up what lies before a place. Raises OSError."""
        with self._lock:
            for segment in range(self._next.segment, upto.segment):
                self._remove(segment)
            self._next = upto
            if self.is_empty:
                self._begin_anew()
            else:
                self._note()

    def _recover(self, known: Sequence[int]) -> None:
        """Find what was not yet drained, and cut off what a crash has left half written."""
        with suppress(OSError, ValueError, TypeError):
            noted = Place(*json.loads((self._folder / _DRAINED).read_text("ascii")))
            if noted.segment in known:
                self._next = noted
        for segment in [one for one in known if one < self._next.segment]:
            self._remove(segment)
        self._end = self._next
        opened, tried = 0, 0
        for segment in [one for one in known if one >= self._next.segment]:
            place = self._next if segment == self._next.segment else Place(segment)
            size = self._path(segment).stat().st_size
            for entry in self._entries(place, Place(segment, -1, size)):
                tried += 1
                opened += bool(self._opened(entry, tells=False))
                place = entry.after
            self.held_bytes += max(0, place.offset - _HEAD_BYTES)
            if place.offset < size:
                log.warning("spool-cut-off", bytes=size - place.offset)
                os.truncate(self._path(segment), max(place.offset, 0))
            self._end = place
        if tried and not opened:
            message = f"the spool in {self._folder} was sealed with another secret, or is damaged"
            raise SpoolError(message)
        self._end = Place(self._end.segment + 1)  # never on in a file of before: its numbers are used
        if not tried:
            self._begin_anew()

    def _write(self, plain: bytes) -> None:
        if self._writing is not None and self._end.offset >= self._segment_bytes:
            self._writing.flush()
            os.fsync(self._writing.fileno())
            self._writing.close()
            self._writing, self._end = None, Place(self._end.segment + 1)
        if self._writing is None:
            salt = self._vault.salt()
            self._seals[self._end.segment] = self._vault.file(salt)
            self._writing = self._path(self._end.segment).open("xb")
            self._writing.write(_FORMAT + salt)
            _sync_folder(self._folder)
        sealed = self._seals[self._end.segment].seal(self._end.entry, plain)
        self._writing.write(len(sealed).to_bytes(_LENGTH_BYTES) + sealed)
        more = _LENGTH_BYTES + len(sealed)
        self.held_bytes += more
        self._end = Place(self._end.segment, self._end.entry + 1, self._end.offset + more)

    def _entries(self, begin: Place, end: Place) -> Iterator[_Entry]:
        """The entries between two places."""
        for segment in range(begin.segment, end.segment + 1):
            place = begin if segment == begin.segment else Place(segment)
            upto = end.offset if segment == end.segment else None
            with suppress(FileNotFoundError), self._path(segment).open("rb") as file:
                file.seek(place.offset)
                while upto is None or place.offset < upto:
                    length = int.from_bytes(file.read(_LENGTH_BYTES))
                    sealed = file.read(length)
                    if not length or len(sealed) < length:
                        break
                    place = Place(segment, place.entry + 1, place.offset + _LENGTH_BYTES + length)
                    yield _Entry(sealed, place)

    def _opened(self, entry: _Entry, *, tells: bool = True) -> list[FeedEvent]:
        """The records of an entry; none where it is damaged, which is told."""
        segment = entry.after.segment
        try:
            if segment not in self._seals:
                with self._path(segment).open("rb") as file:
                    head = file.read(_HEAD_BYTES)
                self._seals[segment] = self._vault.file(head[len(_FORMAT) :])
            plain = self._seals[segment].unseal(entry.after.entry - 1, entry.sealed)
            return _read(plain, round(self._clock() * 1000))
        except (SealError, ValueError):
            if tells:
                self.lost_entries += 1
                log.error("spool-entry-damaged", segment=segment, entry=entry.after.entry - 1)  # noqa: TRY400 - it says all
            return []

    def _begin_anew(self) -> None:
        if self._writing is not None:
            self._writing.close()
            self._writing = None
        for segment in self._segments():
            self._path(segment).unlink(missing_ok=True)
        self._seals.clear()
        self.held_bytes = 0
        self._next = self._end = Place(self._end.segment + 1)
        (self._folder / _DRAINED).unlink(missing_ok=True)

    def _remove(self, segment: int) -> None:
        path = self._path(segment)
        with suppress(FileNotFoundError):
            self.held_bytes = max(0, self.held_bytes - (path.stat().st_size - _HEAD_BYTES))
            path.unlink()
        self._seals.pop(segment, None)

    def _note(self) -> None:
        """Write down how far it is drained; without it more would be sent again, and nothing lost."""
        aside = self._folder / f"{_DRAINED}.new"
        aside.write_text(json.dumps(self._next), "ascii")
        aside.replace(self._folder / _DRAINED)

    def _segments(self) -> list[int]:
        return sorted(int(path.stem) for path in self._folder.glob("*.spool") if path.stem.isdigit())

    def _path(self, segment: int) -> Path:
        return self._folder / f"{segment:010}.spool"


def _written(events: Sequence[FeedEvent], kept_at_ms: int) -> bytes:
    rows = [
        (
            one.topic,
            one.patient,
            one.time.isoformat(),
            one.value.decode(),
            [*((name, said.decode()) for name, said in one.headers), (_KEPT_AT, str(kept_at_ms))],
        )
        for one in events
    ]
    return json.dumps(rows, separators=(",", ":")).encode()


def _read(plain: bytes, now_ms: int) -> list[FeedEvent]:
    return [
        FeedEvent(topic, patient, datetime.fromisoformat(moment), value.encode(), _sent_with(headers, now_ms))
        for topic, patient, moment, value, headers in json.loads(plain)
    ]


def _sent_with(kept: Sequence[tuple[str, str]], now_ms: int) -> tuple[tuple[str, bytes], ...]:
    """A record's own headers, and for how long it was kept; one of a former version does not say when that began."""
    own = tuple((name, said.encode()) for name, said in kept if name != _KEPT_AT)
    kept_at = next((int(said) for name, said in kept if name == _KEPT_AT), now_ms)
    held_ms = now_ms - kept_at
    return (*own, (HELD_MS, str(held_ms).encode())) if held_ms >= _MARKED_MS else own


def _sync_folder(folder: Path) -> None:
    """Have a new file's name on disk, too."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
