"""What became of each message, in a bounded file without patient data: who asks by a control id is told."""

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from models.deidentify.keyed import Keyed
from stream.gateway.trouble import Trouble

_MOST_BYTES: Final = 32 * 2**20  # of a file, of which there are two; our choice: some 300,000 messages
_NEW, _OLD = "journal.jsonl", "journal.1.jsonl"


class Journal:
    """The journal in a folder. Control ids are kept as keyed hashes, since some senders put a patient's into them."""

    def __init__(self, folder: Path, key: Keyed, most_bytes: int = _MOST_BYTES) -> None:
        """Open a journal; raises OSError where the folder can't be used."""
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._folder = folder
        self._key = key
        self._most_bytes = most_bytes
        self._file = (folder / _NEW).open("a", encoding="utf-8")

    def note(
        self,
        at: datetime,
        sender: str,
        control_id: str,
        topics: Sequence[str],
        became: str,
        troubles: Sequence[Trouble],
    ) -> None:
        """Take note of a message: `became` is its answer, or where its records are. Raises OSError."""
        line = {
            "time": at.isoformat(timespec="milliseconds"),
            "sender": sender,
            "control_id_hash": hashed(self._key, control_id),
            "became": became,
            "records": dict(Counter(topics)),
            "told": [f"{one.where} {one.sentence}" for one in troubles[:3]],
        }
        if self._file.tell() > self._most_bytes:
            self._file.close()
            (self._folder / _NEW).replace(self._folder / _OLD)
            self._file = (self._folder / _NEW).open("a", encoding="utf-8")
        self._file.write(json.dumps(line, ensure_ascii=False) + "\n")
        self._file.flush()

    def close(self) -> None:
        """Close the file."""
        self._file.close()


def hashed(key: Keyed, control_id: str) -> str:
    """A control id as the journal has it."""
    return key.name(f"control-id|{control_id}")


def trace(folder: Path, key: Keyed, control_id: str) -> Iterator[dict[str, Any]]:
    """What became of the messages with a control id, in their order. Raises OSError where there is no journal."""
    wanted = hashed(key, control_id)
    (folder / _NEW).stat()
    for name in (_OLD, _NEW):
        if not (folder / name).exists():
            continue
        with (folder / name).open(encoding="utf-8") as lines:
            for line in lines:
                if wanted in line:
                    yield dict(json.loads(line))
