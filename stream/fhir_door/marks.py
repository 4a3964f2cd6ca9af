"""Up to when each type of resource was read from a server, in a file: times of the server's clock and nothing else."""

import json
import os
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path


class MarkError(Exception):
    """The file holds no marks; the text says so."""


class Marks:
    """The marks of one file; each is written before the next pass begins."""

    def __init__(self, file: Path, since: datetime) -> None:
        """Read the file; a type without a mark begins at `since`. Raises MarkError, and OSError but for no file."""
        self._file = file
        self._since = since
        self._marks: dict[str, datetime] = {}
        if file.exists():
            try:
                stated = json.loads(file.read_text(encoding="utf-8"))
                self._marks = {str(kind): datetime.fromisoformat(one) for kind, one in stated.items()}
            except (ValueError, AttributeError, TypeError):
                message = f"{file} holds no marks of a gateway; remove it to begin anew, or name another"
                raise MarkError(message) from None
        self.write({})  # that it can be written is known at the start

    def of(self, kind: str) -> datetime:
        """Up to when a type was read."""
        return self._marks.get(kind, self._since)

    def write(self, more: Mapping[str, datetime]) -> None:
        """Keep marks, so that they are there after a crash; raises OSError. None goes back."""
        found = self._marks | {kind: max(one, self.of(kind)) for kind, one in more.items()}
        for kind in more:
            found.setdefault(kind, self._since)
        aside = self._file.with_name(f"{self._file.name}.new")
        with aside.open("w", encoding="utf-8") as file:
            json.dump({kind: one.isoformat() for kind, one in found.items()}, file)
            file.flush()
            os.fsync(file.fileno())
        aside.replace(self._file)
        self._marks = found
