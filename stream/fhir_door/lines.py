"""NDJSON, as bulk exports are written: each line is a resource of its own, and counts for itself."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any, Final

import orjson

from stream.fhir_door import outcome as answers
from stream.fhir_door.elements import Element
from stream.fhir_door.intake import Answer, Intake

_TOGETHER: Final = 500  # lines that are delivered together; our choice
_LATER: Final = 503
_OK: Final = 200
_NEVER: Final = 422


async def answer_to_lines(lines: AsyncIterator[bytes], intake: Intake, sender: str) -> Answer:
    """What to answer to lines: an issue for each thing that is told of one. An error costs its line alone.

    The patients of a file's resources are in another file, as a bulk export has it, so they are not looked for here.
    """
    told = _Told()
    number = 0
    batch: list[tuple[int, Element]] = []
    async for line in lines:
        number += 1
        if not line.strip():
            continue
        resource = _resource(line)
        if resource is None:
            told.tell([_issue(number)])
            continue
        batch.append((number, resource))
        if len(batch) == _TOGETHER:
            if not await _are_answered(batch, intake, sender, told):
                return Answer(_LATER, answers.of_issues([answers.AWAY]))
            batch = []
    if not await _are_answered(batch, intake, sender, told):
        return Answer(_LATER, answers.of_issues([answers.AWAY]))
    is_refused = not told.taken and bool(told.issues)
    return Answer(_NEVER if is_refused else _OK, answers.of_issues(told.issues, told.left_out))


@dataclass
class _Told:
    """What is told of all lines so far: as much as an answer has room for, and how many lines are not refused."""

    issues: list[dict[str, Any]] = field(default_factory=list)
    left_out: int = 0
    taken: int = 0

    def tell(self, more: list[dict[str, Any]]) -> None:
        """Tell more."""
        every = [*self.issues, *more]
        self.issues = answers.gravest(every)
        self.left_out += len(every) - len(self.issues)


async def _are_answered(batch: list[tuple[int, Element]], intake: Intake, sender: str, told: _Told) -> bool:
    """Whether the broker has taken what is to be taken of some lines."""
    if not batch:
        return True
    bundle = {"resourceType": "Bundle", "type": "batch", "entry": [{"resource": one} for _, one in batch]}
    answer = await intake.answer(bundle, sender)
    if answer.status != _OK:
        return False
    for (number, _), entry in zip(batch, answer.body["entry"], strict=True):
        response = entry["response"]
        told.taken += response["status"] == str(_OK)
        named = [one for one in response["outcome"]["issue"] if "expression" in one]
        told.tell([one | {"expression": [_at_line(number, one["expression"][0])]} for one in named])
    return True


def _at_line(number: int, expression: str) -> str:
    return f"line {number}{expression.partition('.resource')[2]}"


def _resource(line: bytes) -> Element | None:
    try:
        found = orjson.loads(line)
    except orjson.JSONDecodeError:
        return None
    return found if isinstance(found, dict) else None


def _issue(number: int) -> dict[str, Any]:
    sentence = "the line is no JSON object"
    return {"severity": "error", "code": "structure", "diagnostics": sentence, "expression": [f"line {number}"]}
