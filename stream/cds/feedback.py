"""Feedback on cards, from its body to records of the topic `cds-feedback`; and which card was whose. Pure."""

from collections import OrderedDict
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from importlib.metadata import version
from typing import Annotated, Any, Final, Literal, NamedTuple
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

from schemas.cds_feedback import CdsFeedback
from schemas.cloudevents import headers
from schemas.identity import output_id
from schemas.topics import TOPICS
from schemas.wire import Provenance
from stream.cds.call import CallError
from stream.cds.card import Card
from stream.feeds.events import FeedEvent

TOPIC: Final = "cds-feedback"
MOST: Final = 200
"""Entries of one request; our choice."""
_MOST_CARDS: Final = 100_000  # that are remembered; our choice
_LONGEST: Final = 128  # characters of a code on the wire


class _Said(BaseModel):
    model_config = ConfigDict(extra="ignore", hide_input_in_errors=True)


class _Suggestion(_Said):
    id: UUID


class _Coding(_Said):
    code: str | None = None
    system: str | None = None


class _Reason(_Said):
    reason: _Coding | None = None
    userComment: str | None = None  # noqa: N815 - the specification's name


class _Entry(_Said):
    """One entry, by CDS Hooks 2.0, Feedback."""

    card: UUID
    outcome: Literal["accepted", "overridden"]
    acceptedSuggestions: Annotated[list[_Suggestion], Field(max_length=100)] = []  # noqa: N815
    overrideReason: _Reason | None = None  # noqa: N815
    outcomeTimestamp: Annotated[AwareDatetime, Field(ge=datetime(2000, 1, 1, tzinfo=UTC))]  # noqa: N815


class _Body(_Said):
    feedback: Annotated[list[_Entry], Field(min_length=1, max_length=MOST)]


class Given(NamedTuple):
    """A card that was given: whose it is, and which rule made it."""

    patient: str
    rule: str


class Cards:
    """The cards that were given since the start, the latest so many."""

    def __init__(self) -> None:
        self._given: OrderedDict[UUID, Given] = OrderedDict()

    def give(self, cards: Iterable[Card], patient: str) -> None:
        """Remember cards."""
        for one in cards:
            self._given[one.id] = Given(patient, one.rule)
            self._given.move_to_end(one.id)
        while len(self._given) > _MOST_CARDS:
            self._given.popitem(last=False)

    def of(self, card: UUID) -> Given | None:
        """Whose a card was; None where that is not known any more."""
        return self._given.get(card)


def records(body: object, service: str, cards: Cards, now: datetime) -> list[CdsFeedback]:
    """Read the body of a request; raises CallError, which names the place and nothing that stands there."""
    try:
        said = _Body.model_validate(body)
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        message = f"{where or 'the body'}: {first['type'].replace('_', ' ')}"
        raise CallError(400, message) from None
    return [_record(one, service, cards.of(one.card), now) for one in said.feedback]


def events(found: Iterable[CdsFeedback]) -> Iterator[FeedEvent]:
    """The records as they go to the broker; one of nobody goes by its card."""
    for one in found:
        key = one.patient or str(one.card)
        told = headers(event_id=one.id, ce_type=TOPICS[TOPIC].ce_type, subject=key, time=one.time)
        yield FeedEvent(TOPIC, key, one.time, one, tuple(told))


def _record(one: _Entry, service: str, given: Given | None, now: datetime) -> CdsFeedback:
    rule = None if given is None else given.rule
    patient = None if given is None else given.patient
    reason = one.overrideReason or _Reason()
    coding: Any = reason.reason or _Coding()
    time = min(one.outcomeTimestamp.astimezone(UTC), now)
    accepted = tuple(each.id for each in one.acceptedSuggestions) if one.outcome == "accepted" else ()
    return CdsFeedback(
        id=output_id("cds-feedback", patient or "", service, time, str(one.card), one.outcome, *map(str, accepted)),
        patient=patient,
        time=time,
        card=one.card,
        service=service,
        rule=rule,
        outcome=one.outcome,
        accepted=accepted,
        reason=_code(coding.code),
        reason_system=_code(coding.system),
        commented=bool(reason.userComment and reason.userComment.strip()),
        provenance=Provenance(software=version("wardwatch"), rule=rule or "cds-feedback/1", data="none"),
    )


def _code(stated: str | None) -> str | None:
    return (stated or "").strip()[:_LONGEST] or None
