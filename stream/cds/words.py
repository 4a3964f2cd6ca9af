"""The words of a card: a summary of less than 140 characters, and Markdown that shows what it says. Pure."""

import re
from collections.abc import Iterable, Iterator
from typing import Final

from models.fhir_out.elements import NOT_FOR_USE
from models.treatment.engine import Proposal
from models.treatment.rules import Citation

LONGEST_SUMMARY: Final = 139
"""CDS Hooks 2.0: less than 140 characters."""
_MARKDOWN: Final = re.compile(r"([\\`*_{}\[\]<>#|~!&])")


def summary(text: str) -> str:
    """The beginning of a text, cut between words."""
    text = " ".join(text.split())
    if len(text) <= LONGEST_SUMMARY:
        return text
    first = text.partition(". ")[0] + "."
    if len(first) <= LONGEST_SUMMARY:
        return first
    return text[: LONGEST_SUMMARY - 1].rpartition(" ")[0].rstrip(",;:") + "…"


def plain(text: str) -> str:
    """A text of others as Markdown that shows it letter by letter: no link, no picture, no HTML."""
    return _MARKDOWN.sub(r"\\\1", " ".join(text.split()))


def source(citation: Citation) -> str:
    """A source in a line."""
    return f"{citation.guideline} ({citation.edition}); {citation.strength}"


def detail(proposal: Proposal, notes: Iterable[str]) -> str:
    """All that a proposal says: text, source, what it rests on, what is missing, what to check, who says otherwise."""
    return _lines(_told(proposal), notes)


def listed(lines: Iterable[str], notes: Iterable[str]) -> str:
    """Lines as a list."""
    return _lines((f"- {plain(one)}" for one in lines), notes)


def _told(proposal: Proposal) -> Iterator[str]:
    yield plain(proposal.text)
    yield ""
    yield f"- Source: {plain(source(proposal.citation))}, {plain(proposal.citation.reference)}"
    if proposal.inputs:
        yield "- Rests on: " + plain("; ".join(f"{_named(one.name)}: {_value(one.value)}" for one in proposal.inputs))
    for voice in proposal.voices:
        yield f"- But {plain(voice.citation.guideline)}: {plain(voice.text)}"
    if proposal.missing:
        yield "- Not known: " + plain(", ".join(_named(one) for one in proposal.missing))
    if proposal.contraindications_checked:
        yield "- Looked for: " + plain("; ".join(proposal.contraindications_checked))
    if proposal.to_check:
        yield "- To check: " + plain("; ".join(proposal.to_check))


def _lines(told: Iterable[str], notes: Iterable[str]) -> str:
    return "\n".join((*told, *(f"- {plain(one)}" for one in notes), "", f"_{NOT_FOR_USE}_"))


def _named(name: str) -> str:
    return name.replace("_", " ")


def _value(value: float | str) -> str:
    return value if isinstance(value, str) else f"{value:g}"
