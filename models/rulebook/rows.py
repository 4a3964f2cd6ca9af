"""Every rule as a row: what it holds on, what it says, its source, edition and strength, and when it is due for review.

Rows stand in a fixed order, and each has a fingerprint of all that it says; the hash over them names the whole set.
"""

import json
from collections.abc import Iterable, Iterator
from datetime import date
from hashlib import sha256
from typing import Any, Final, NamedTuple

from models.alarms import rules as alarms
from models.alarms.rules import EXTREME_SCALE2, EXTREMES, FRAME_RULES, SEPSIS_RISK, SPO2_LOW_SCALE2, Extreme
from models.follow_up import rows as follow_up
from models.rulebook.reviews import REPLACED, REVIEWS, reading_of
from models.treatment import rules as treatment
from models.treatment.cpic_rules import CHANGED, CPIC_RULES
from models.treatment.dpwg import DPWG_RULES, SECONDS, Second
from models.treatment.rules import RULES, TableSays
from models.treatment.safety.check import ORDER_RULES
from models.treatment.secondary import SECONDARY_RULES
from models.treatment.table import GROUP_OF

_IN_SOURCE: Final = "as the source says"
_NOT_GRADED: Final = "not graded"


class Row(NamedTuple):
    """A rule as it is listed.

    `replaced_by` is a newer edition of its source that is known and not encoded; `source_read` is how well the source
    was read (`read`, `second hand`, `not read`, `ours`), with a note.
    """

    id: str
    version: str
    kind: str
    holds: str
    text: str
    source: str
    edition: str
    reference: str
    strength: str
    compared: date
    due: date
    replaced_by: str | None
    source_read: str
    review_note: str
    fingerprint: str

    def as_json(self) -> dict[str, Any]:
        """Return the row with its dates as ISO 8601."""
        return self._asdict() | {"compared": self.compared.isoformat(), "due": self.due.isoformat()}


def rows() -> tuple[Row, ...]:
    """Return all rules: by kind, and within it in the order in which they are looked at."""
    return (
        *(_alarm(rule) for rule in (*FRAME_RULES, SEPSIS_RISK)),
        _alarm(SPO2_LOW_SCALE2, "spo2-low:scale-2"),
        *(_extreme(one, one.condition) for one in EXTREMES),
        _extreme(EXTREME_SCALE2, "spo2-low:scale-2"),
        *(_treatment(rule, "treatment") for rule in RULES),
        *(_treatment(rule, "dpwg") for rule in DPWG_RULES),
        *(_second(one) for one in SECONDS),
        *(_treatment(rule, "variant") for rule in SECONDARY_RULES.values()),
        *(_treatment(rule, "cpic") for rule in CPIC_RULES.values()),
        *(_treatment(rule, "order") for rule in ORDER_RULES),
        *map(_follow_up, follow_up.listed()),
    )


def hash_of(listed: Iterable[Row]) -> str:
    """Return the hash that names a set of rules: the same rules have the same one, on every machine."""
    return sha256("\n".join(f"{row.id}/{row.version} {row.fingerprint}" for row in listed).encode()).hexdigest()


def _row(kind: str, holds: str, said: tuple[str, str, str], source: tuple[str, str, str, str], more: object) -> Row:
    name, version, text = said
    review, replaced, reading = REVIEWS[kind], REPLACED.get(source[2]), reading_of(kind, source[2])
    whole = (kind, *said, holds, *source, review.compared.isoformat(), review.due.isoformat(), replaced, *reading, more)
    content = json.dumps(whole, ensure_ascii=False, default=list)
    return Row(
        name,
        version,
        kind,
        holds,
        text,
        *source,
        *review,
        replaced,
        *reading,
        sha256(content.encode()).hexdigest()[:16],
    )


def _alarm(rule: alarms.Rule, name: str = "") -> Row:
    levels = " or ".join(f"{level.limit:g} ({level.priority})" for level in rule.levels)
    beyond = "at or above" if rule.direction == "above" else "at or below"
    return _row(
        "alarm",
        f"{rule.input} {beyond} {levels} {rule.unit} for {rule.delay_s:g} s; over at {rule.clear:g} for "
        f"{rule.clear_delay_s:g} s",
        (name or rule.condition, alarms.VERSION, rule.text),
        (rule.source, alarms.EDITION, _IN_SOURCE, _NOT_GRADED),
        rule,
    )


def _extreme(one: Extreme, of: str) -> Row:
    return _row(
        "alarm",
        f"a single number strictly beyond {one.beyond:g}",
        (f"{of}:extreme", alarms.VERSION, "the highest priority of its condition, without a delay"),
        (one.source, alarms.EDITION, _IN_SOURCE, _NOT_GRADED),
        one,
    )


def _treatment(rule: treatment.Rule, kind: str) -> Row:
    strength, more, replaced = rule.citation.strength, None, None
    if isinstance(rule.when, TableSays):
        group = GROUP_OF[rule.when.drug]
        outcomes = [one for cells in group.populations.values() for one in cells if one is not None and one.kinds]
        strength = ", ".join(sorted({one.strength for one in outcomes})) or "no recommendation"
        more, replaced = (dict(group.genes), dict(group.populations), group.pmid), CHANGED.get(rule.when.drug)
    row = _row(
        kind,
        "; ".join(_words(rule)),
        (rule.id, rule.version, rule.text),
        (*rule.citation[:3], strength),
        (rule, more, replaced),
    )
    return row if replaced is None else row._replace(replaced_by=replaced)


def _second(one: Second) -> Row:
    """A second voice beside the rules of CPIC's table."""
    name = f"dpwg-beside-{'-'.join(one.drugs)}-{one.gene}-{one.phenotypes[0].split()[0]}".lower()
    holds = f"beside what CPIC advises for {_plain(one.drugs)} with {one.gene} {_plain(one.phenotypes)}"
    guideline, edition, reference, strength = one.citation
    return _row("dpwg", holds, (name, "1", one.text), (guideline, edition, reference, strength), one)


def _follow_up(one: follow_up.Listed) -> Row:
    guideline, edition, reference, strength = one.citation
    said = (one.id, one.version, one.text)
    return _row("follow-up", one.holds, said, (guideline, edition, reference, strength), one)


def _words(rule: treatment.Rule) -> Iterator[str]:
    """Yield the condition of a rule in words: its kind, and each field that it gives."""
    yield type(rule.when).__name__
    for name, value in rule.when._asdict().items():
        if value not in (None, (), "", False):
            yield name if value is True else f"{name} {_plain(value)}"
    if rule.min_age_years:
        yield f"from {rule.min_age_years:g} years"
    if rule.below_age_years is not None:
        yield f"below {rule.below_age_years:g} years"


def _plain(value: object) -> str:
    return " or ".join(map(_plain, value)) if isinstance(value, tuple) else str(value)
