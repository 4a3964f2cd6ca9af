"""From what is known of a patient, and draft orders, to cards. Pure: the same call has the same cards.

Each card is one rule's, so that each has one source. What could not be checked is a card, too.
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import combinations
from typing import Final, NamedTuple

from models.fhir_out.elements import link
from models.treatment.by_name import BY_NAME
from models.treatment.engine import Proposal, holding, suggest
from models.treatment.facts import Facts
from models.treatment.rules import DrugWithoutGene, Rule
from models.treatment.safety.conditions import AllergyMeetsDrug
from models.treatment.safety.judge import is_local
from schemas.identity import output_id
from stream.cds import suggestions, words
from stream.cds.card import NOT_CHECKED, Card, Suggestion
from stream.cds.draft import Draft, NotRead
from stream.cds.live import How
from stream.cds.rules import CHECKS, GENES, URGENCY, indicator_of, topic_of
from stream.cds.unchecked import unchecked

OURS: Final = ("Wardwatch", "")
"""The source of cards that no guideline stands behind."""
TWICE: Final = "cds-drug-twice/1"
UNCHECKED: Final = "cds-not-checked/1"
NOT_LIVE: Final = "cds-record-not-read/1"
OWN_RULES: Final = (TWICE, UNCHECKED, NOT_LIVE)
"""Rules of cards that are ours and no guideline's."""
MOST: Final = 30
"""Cards of rules in one answer; our choice. The most urgent are kept, and what could not be checked is said beside."""

# fmt: off
_LIVE: Final[dict[How, str]] = {
    "unknown":      "The ward keeps no record of this patient: only what this call brought was looked at.",
    "unidentified": "The call names no identifier of the patient, so the ward's record could not be found: only what "
                    "this call brought was looked at.",
    "away":         "The ward's record could not be read now: only what this call brought was looked at.",
    "unreadable":   "The ward's record is damaged or of another version: only what this call brought was looked at.",
}
_SHORT: Final[dict[How, str]] = {
    "unidentified": "The ward's record was not found: the call names no identifier of the patient",
    "away":         "The ward's live record could not be read: only what this call brought was checked",
    "unreadable":   "The ward's live record could not be read: only what this call brought was checked",
}
# fmt: on


class About(NamedTuple):
    """What a call is besides facts and drafts.

    key      tells it from every other call, and is in no card
    subject  the reference of its patient
    live     how the ward's record was found
    told     what of the call could not be used
    """

    key: tuple[str, ...]
    subject: str
    live: How
    told: tuple[str, ...] = ()

    @property
    def notes(self) -> tuple[str, ...]:
        """What every card says."""
        return (_LIVE[self.live],) if self.live in _LIVE else ()


def view_cards(facts: Facts, now_s: float, about: About) -> list[Card]:
    """Return what the rules propose now, the most urgent first."""
    shown, _ = _most_urgent(_card(one, about) for one in suggest(facts, now_s))
    return _in_order([*_not_live(about), *shown])


def order_cards(
    facts: Facts, drafts: Sequence[Draft], now_s: float, about: About, not_read: Sequence[NotRead] = ()
) -> list[Card]:
    """Return what speaks against the selected drafts, and what of them could not be checked.

    The drafts count as orders beside those that are known; one that is known already under its name is changed by it.
    """
    named = {one.drug.order for one in drafts}
    drafts = [one._replace(drug=one.drug._replace(time_s=now_s)) for one in drafts]
    beside = facts._replace(drugs=tuple(one for one in facts.drugs if one.order not in named))
    whole = beside._replace(drugs=(*beside.drugs, *(one.drug for one in drafts)))
    shown, more = _most_urgent((*_spoken(whole, drafts, now_s, about), *_twice(beside, drafts, about)))
    if more:
        about = about._replace(told=(*about.told, f"{more} less urgent cards, since an answer has {MOST} at most"))
    tested = {gene for one in shown if (gene := _tested(one.rule)) is not None}
    selected = [one for one in drafts if one.is_selected]
    return _in_order([*_not_live(about), *shown, *_unchecked(whole, selected, not_read, frozenset(tested), about)])


def _spoken(facts: Facts, drafts: Sequence[Draft], now_s: float, about: About) -> Iterator[Card]:
    """Yield a card for each rule that speaks of a selected draft."""
    for one in holding(facts, now_s, lambda rule: isinstance(rule.when, (*CHECKS, *GENES))):
        rule = BY_NAME[_named(one)]
        meant = [draft for draft in drafts if draft.ingredients & _drugs(one) and not _stays_local(draft, rule)]
        if any(draft.is_selected for draft in meant):
            yield _card(one, about, suggestions.of_rule(rule, meant, facts, about.subject))


def _twice(beside: Facts, drafts: Sequence[Draft], about: About) -> Iterator[Card]:
    """Yield a card for each drug of a selected draft that is ordered already, or in another draft."""
    for one in drafts:
        ordered = {drug for order in beside.drugs for drug in order.ingredients} & one.ingredients
        if one.is_selected and one.understood and ordered:
            yield _doubled(sorted(ordered), "is ordered already", [one], about)
    for one, other in combinations(drafts, 2):
        shared = one.ingredients & other.ingredients
        if (one.is_selected or other.is_selected) and one.understood and shared:
            yield _doubled(sorted(shared), "is in two of the draft orders", [one, other], about)


def _doubled(drugs: Sequence[str], what: str, drafts: Sequence[Draft], about: About) -> Card:
    text = f"{' and '.join(drugs).capitalize()} {what}"
    drop = suggestions.dropped(drafts)
    orders = (one.drug.order for one in drafts)
    return Card(
        output_id("cds-card", "", TWICE, "", *about.key, *drugs, *orders),
        TWICE,
        words.summary(text),
        words.listed([f"{text}: whether one replaces the other is for the clinician to say"], about.notes),
        "warning",
        OURS,
        ("duplicate", "Duplicate therapy"),
        "+".join(drugs),
        drop,
    )


def _unchecked(
    facts: Facts, drafts: Sequence[Draft], not_read: Sequence[NotRead], tested: frozenset[str], about: About
) -> Iterator[Card]:
    found = unchecked(facts, drafts, not_read, tested)
    lines = (*found.lines, *(f"left out: {one}" for one in about.told))
    if not lines:
        return
    short = "; ".join(f"for {label}: {', '.join(dict.fromkeys(parts))}" for label, parts in found.parts.items())
    yield Card(
        output_id("cds-card", "", UNCHECKED, "", *about.key),
        UNCHECKED,
        words.summary(f"Not checked {short or 'in part: something that the call brought could not be used'}"),
        words.listed(lines, about.notes),
        "info",
        OURS,
        NOT_CHECKED,
        "+".join(sorted(found.lines)),
        suggestions.tests(found.results, found.genes, about.subject),
        "any",
    )


def _not_live(about: About) -> Iterator[Card]:
    if about.live in _SHORT:
        yield Card(
            output_id("cds-card", "", NOT_LIVE, "", *about.key),
            NOT_LIVE,
            words.summary(_SHORT[about.live]),
            words.listed((), about.notes),
            "warning",
            OURS,
            NOT_CHECKED,
            about.live,
        )


def _card(proposal: Proposal, about: About, suggested: tuple[Suggestion, ...] = ()) -> Card:
    name = _named(proposal)
    rule = BY_NAME[name]
    return Card(
        output_id("cds-card", "", name, "", *about.key, proposal.key),
        name,
        words.summary(proposal.text),
        words.detail(proposal, about.notes),
        indicator_of(proposal, rule),
        (f"{proposal.citation.guideline} ({proposal.citation.edition})", link(proposal.citation.reference) or ""),
        topic_of(rule.when),
        proposal.key.replace("|", " ") if isinstance(rule.when, (*CHECKS, *GENES)) else name,
        suggested,
    )


def _most_urgent(found: Iterable[Card]) -> tuple[list[Card], int]:
    """The cards to be shown, each once, and how many are not: what was not checked is said beside them all the same."""
    every = _in_order({one.id: one for one in found}.values())
    return every[:MOST], len(every[MOST:])


def _in_order(found: Iterable[Card]) -> list[Card]:
    return sorted(found, key=lambda one: URGENCY.index(one.indicator))


def _named(proposal: Proposal) -> str:
    return f"{proposal.rule}/{proposal.version}"


def _drugs(proposal: Proposal) -> set[str]:
    """The drugs that a proposal on orders is about: what it rests on names them."""
    found = set()
    for one in proposal.inputs:
        if one.name == "drug":
            found.add(str(one.value))
        for begin in ("order of ", "orders of "):
            if one.name.startswith(begin):
                found.add(one.name.removeprefix(begin))
    return found


def _stays_local(draft: Draft, rule: Rule) -> bool:
    """Whether a rule does not mean a draft, since its drug stays where it is given."""
    return is_local(draft.drug) and not isinstance(rule.when, (AllergyMeetsDrug, *GENES))


def _tested(name: str) -> str | None:
    rule = BY_NAME.get(name)
    return rule.when.gene if rule is not None and isinstance(rule.when, DrugWithoutGene) else None
