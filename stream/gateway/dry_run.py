"""Messages in files, read as the gateway would read them, with no network and nothing kept."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final, NamedTuple

from stream.gateway.alarms import alarms
from stream.gateway.answer import code
from stream.gateway.conventions import Conventions
from stream.gateway.framing import END, START, Block, Framer
from stream.gateway.limits import LARGEST_BYTES
from stream.gateway.memory import Memory
from stream.gateway.reception import Arrived, Taken, read, remember, said_of, take

_UNANSWERED: Final = {"cut": "a block was cut by the next one, or by the end of the file: it is not answered"}


class Decoded(NamedTuple):
    """One message of a file and what becomes of it; `number` from 1."""

    file: str
    number: int
    taken: Taken

    @property
    def as_json(self) -> dict[str, Any]:
        """What `wardwatch gateway decode --json` prints."""
        arrived, translation = self.taken.arrived, self.taken.translation
        habits = arrived.profile.answers
        return {
            "file": self.file,
            "index": self.number,
            "control_id": arrived.control_id,
            "profile": arrived.profile.name,
            "ack": code(self.taken.verdict, "application", habits.again, habits.never),
            "answer": next(iter(said_of(self.taken, self.taken.verdict)), None),
            "records": [
                {
                    "topic": one.event.topic,
                    "record": json.loads(one.event.value),
                    "patient_of": one.filed.label,
                }
                for one in translation.records
            ],
            "told": [{"place": one.where, "code": one.code, "sentence": one.sentence} for one in translation.troubles],
            "alarms": [one._asdict() for one in alarms(arrived.message)] if arrived.message else [],
            "unused": [{"place": one.where, "code": one.code, "why": one.why} for one in translation.unused],
        }


def files(path: Path) -> list[Path]:
    """A file, or the files in a folder and in those below, by their names. Raises OSError where it is not there."""
    if path.is_dir():
        return sorted(one for one in path.rglob("*") if one.is_file())
    path.stat()
    return [path]


def blocks(content: bytes) -> Iterator[Block]:
    """The blocks of a file: framed or a whole stream of bytes where it has a start byte, else one."""
    if START not in content:
        yield Block(content.rstrip(b"\r\n" + END))
        return
    framer = Framer(LARGEST_BYTES)
    yield from framer.feed(content)
    yield from framer.close()


def decoded(path: Path, conventions: Conventions) -> Iterator[Decoded | str]:
    """Read files as one sender's, in their order; a sentence for each block that would not be answered."""
    memory = Memory()
    for file in files(path):
        yield from decoded_file(file, file.read_bytes(), conventions, memory)


def decoded_file(file: Path, content: bytes, conventions: Conventions, memory: Memory) -> Iterator[Decoded | str]:
    """Read one file of a feed; a sentence for each block that would not be answered."""
    number = 0
    for block in blocks(content):
        if block.fault in _UNANSWERED:
            yield f"{file}: {_UNANSWERED[block.fault]}"
            continue
        for arrived in read(block, conventions):
            number += 1
            yield Decoded(str(file), number, _taken(arrived, conventions, memory))


def _taken(arrived: Arrived, conventions: Conventions, memory: Memory) -> Taken:
    taken = take(arrived, conventions, memory, None)
    remember(taken, memory)
    return taken
