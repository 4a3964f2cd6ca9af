"""What a table of follow-up says of a finding."""

from typing import NamedTuple

from models.treatment.rules import Citation
from schemas.plan import Urgency


class Advice(NamedTuple):
    """What a guideline advises for a finding.

    category  the guideline's own category, empty where it has none
    service   what would be asked for, as a short phrase; empty where the guideline asks for nothing
    lacking   what the table asks about and nobody said
    """

    rule: str
    version: str
    text: str
    citation: Citation
    urgency: Urgency
    category: str = ""
    service: str = ""
    lacking: tuple[str, ...] = ()
    to_check: tuple[str, ...] = ()
