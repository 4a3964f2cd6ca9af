"""Feedback on cards of CDS Hooks: whether a clinician took what a rule suggested, or said why not."""

from typing import Literal
from uuid import UUID

from pydantic import Field

from schemas.wire import Code, Instant, Provenance, Pseudonym, Wire


class CdsFeedback(Wire):
    """What a clinician did with one card, as the record system says. A card may be spoken of more than once.

    Words that a clinician wrote are left out, since they may name the patient: `commented` says that there were some.
    """

    id: UUID = Field(description="Identifier of this feedback. Feedback that is sent again has the same one.")
    patient: Pseudonym | None = Field(
        default=None,
        description="The patient whom the card was about. Absent where that is no longer known, since the service was "
        "started again after it gave the card; the Kafka record then has `card` as its key.",
    )
    time: Instant = Field(description="When the clinician did it, by the record system's clock.")
    card: UUID = Field(description="The card's uuid.")
    service: Code = Field(description="The CDS service that was called, e.g. wardwatch-order-sign.")
    rule: Code | None = Field(
        default=None,
        description="Rule and version that made the card, e.g. clopidogrel-cyp2c19-poor/1. Absent where that is no "
        "longer known.",
    )
    outcome: Literal["accepted", "overridden"] = Field(
        description="`accepted`: one or more of its suggestions were taken; `overridden`: the card was dismissed."
    )
    accepted: tuple[UUID, ...] = Field(default=(), description="The uuids of the suggestions that were taken.")
    reason: Code | None = Field(default=None, description="Code of the reason why the card was overridden.")
    reason_system: Code | None = Field(default=None, description="The code system of `reason`.")
    commented: bool = Field(default=False, description="Whether the clinician wrote words, which are not kept.")
    provenance: Provenance
