"""FHIR resources in files, read as the gateway would read them, with no network and nothing kept."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, NamedTuple

import orjson

from stream.fhir_door.bundles import Entry, Kind, in_order, outcome_of, request_of
from stream.fhir_door.elements import Element
from stream.fhir_door.reading import Reading, remember
from stream.fhir_door.translate import Outcome, refused
from stream.gateway.trouble import LeftOut, Trouble

_BLANK: Final = b" \t\r\n"
_NOT_FETCHED: Final = "only the id is sent: the gateway would fetch the resource, a dry run does not"


class DecodedResource(NamedTuple):
    """One resource of a file and what becomes of it; `number` from 1."""

    file: str
    number: int
    named: str
    outcome: Outcome

    @property
    def as_json(self) -> dict[str, Any]:
        """What `wardwatch gateway decode --json` prints."""
        status = "422" if self.outcome.is_refused else "200"
        return {
            "file": self.file,
            "index": self.number,
            "control_id": self.named,
            "profile": "fhir",
            "ack": status,
            "answer": status,
            "records": [
                {"topic": one.event.topic, "record": json.loads(one.event.value), "patient_of": one.filed.label}
                for one in self.outcome.records
            ],
            "told": [{"place": one.where, "code": one.code, "sentence": one.sentence} for one in self.outcome.troubles],
            "alarms": [],
            "unused": [{"place": one.where, "code": one.code, "why": one.why} for one in self.outcome.unused],
        }


def is_json(content: bytes) -> bool:
    """Whether a file is FHIR's JSON and no HL7 v2."""
    return content.removeprefix(b"\xef\xbb\xbf").lstrip(_BLANK).startswith(b"{")


def decoded_json(file: Path, content: bytes, reading: Reading) -> Iterator[DecodedResource | str]:
    """Read one file of a feed, as if it came now; a sentence for each line that is no JSON."""
    number = 0
    for line, body in _bodies(content.removeprefix(b"\xef\xbb\xbf")):
        if not isinstance(body, dict):
            yield f"{file}: line {line} is no JSON object"
            continue
        for named, outcome in _outcomes(body, reading):
            number += 1
            yield DecodedResource(str(file), number, named, outcome)


def _bodies(content: bytes) -> Iterator[tuple[int, object]]:
    """The JSON values of a file: one over all of its lines, or one on each."""
    try:
        yield 1, orjson.loads(content)
    except orjson.JSONDecodeError:
        for number, line in enumerate(content.splitlines(), 1):
            if line.strip(_BLANK):
                try:
                    yield number, orjson.loads(line)
                except orjson.JSONDecodeError:
                    yield number, None


def _outcomes(body: Element, reading: Reading) -> list[tuple[str, Outcome]]:
    try:
        request = request_of(body)
    except LeftOut as left_out:
        return [("Bundle", refused(left_out.trouble))]
    reading = replace(reading, known=request.known, arrived=datetime.now(UTC))
    found = [("", Outcome())] * len(request.entries)
    for at in in_order(request.entries):
        entry = request.entries[at]
        outcome = _outcome(entry, request.kind, reading)
        found[at] = f"{entry.resource.get('resourceType', '')}/{entry.resource.get('id', '')}", outcome
    return found


def _outcome(entry: Entry, kind: Kind, reading: Reading) -> Outcome:
    if entry.reference:
        return refused(Trouble(entry.where, "0", _NOT_FETCHED, "left out"))
    outcome = outcome_of(entry, kind, reading)
    if not outcome.is_refused:
        remember(list(outcome.notes), reading)
    return outcome
