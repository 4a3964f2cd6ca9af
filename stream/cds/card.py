"""A card as CDS Hooks 2.0 has it: its parts, and how they are written. Pure."""

import re
from hashlib import blake2b
from typing import Any, Final, Literal, NamedTuple
from uuid import UUID

from schemas.identity import output_id
from stream.cds.rules import Indicator

Choice = Literal["at-most-one", "any"]
"""How many of a card's suggestions may be taken: `selectionBehavior` of CDS Hooks 2.0."""
TOPIC_SYSTEM: Final = "urn:wardwatch:cds-topic"
"""Ours: CDS Hooks prescribes no topics."""
NOT_CHECKED: Final = ("not-checked", "What could not be checked")
"""The topic of cards that say what could not be checked."""
_LONGEST_CODE: Final = 60  # characters, before what tells long ones apart; our choice
_ACT_CODE: Final = "http://terminology.hl7.org/CodeSystem/v3-ActCode"
OVERRIDE_REASONS: Final = tuple(
    # Codes of ActDetectedIssueManagementCode, as FHIR R4 has them in the value set detectedissue-mitigation-action.
    {"system": _ACT_CODE, "code": code, "display": words}
    for code, words in (
        ("1", "Therapy Appropriate"),
        ("2", "Assessed Patient"),
        ("22", "appropriate indication or diagnosis"),
        ("23", "prior therapy documented"),
        ("3", "Patient Explanation"),
    )
)


class Action(NamedTuple):
    """A change that is suggested: a resource to create, or the reference of one to delete."""

    type: Literal["create", "delete"]
    description: str
    resource: dict[str, Any] | None = None
    resource_id: str = ""

    @property
    def written(self) -> dict[str, Any]:
        """As JSON."""
        what = {"resourceId": self.resource_id} if self.resource is None else {"resource": self.resource}
        return {"type": self.type, "description": self.description} | what


class Suggestion(NamedTuple):
    """Actions that are taken together."""

    label: str
    actions: tuple[Action, ...]


class Card(NamedTuple):
    """One card.

    id       the same for the same call
    rule     name and version of the rule that made it
    source   what the source is called, and its address or nothing
    topic    what kind of thing it is about: a code and words
    subject  what of that kind, such as rule and drugs, and nothing of the patient
    choice   how many of the suggestions may be taken
    """

    id: UUID
    rule: str
    summary: str
    detail: str
    indicator: Indicator
    source: tuple[str, str]
    topic: tuple[str, str]
    subject: str
    suggestions: tuple[Suggestion, ...] = ()
    choice: Choice = "at-most-one"

    def suggestion_id(self, number: int) -> UUID:
        """The uuid of one of the suggestions."""
        return output_id("cds-suggestion", "", self.rule, str(self.id), str(number))

    @property
    def written(self) -> dict[str, Any]:
        """As JSON; what has no value is left out."""
        label, address = self.source
        kind, words = self.topic
        card: dict[str, Any] = {
            "uuid": str(self.id),
            "summary": self.summary,
            "detail": self.detail,
            "indicator": self.indicator,
            "source": {"label": label}
            | ({"url": address} if address else {})
            | {"topic": {"system": TOPIC_SYSTEM, "code": _code(kind, self.subject), "display": words}},
        }
        if kind != NOT_CHECKED[0] and self.indicator != "info":  # else there is nothing to override
            card["overrideReasons"] = [dict(one) for one in OVERRIDE_REASONS]
        if self.suggestions:
            card["selectionBehavior"] = self.choice
            card["suggestions"] = [
                {
                    "label": one.label,
                    "uuid": str(self.suggestion_id(number)),
                    "actions": [action.written for action in one.actions],
                }
                for number, one in enumerate(self.suggestions)
            ]
        return card


def _code(kind: str, subject: str) -> str:
    """A topic's code: letters, digits and hyphens, the same for the same kind and subject and another for another.

    Record systems keep quiet about a topic that was overridden (Epic's guide to CDS Hooks, `source.topic.code`), so two
    rules must not share one, nor one rule of two drugs.
    """
    plain = re.sub(r"[^a-z0-9]+", "-", f"{kind}-{subject}".casefold()).strip("-")
    digest = blake2b(subject.encode(), digest_size=4).hexdigest()
    return f"{plain[:_LONGEST_CODE]}-{digest}"
