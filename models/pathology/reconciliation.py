"""Reconcile the mentions of a report: later addenda replace, equal statements merge, contradictions are named."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import combinations
from typing import Final, NamedTuple

from models.pathology.diagnosis import NO_MALIGNANCY, NO_RESIDUAL, TYPE_DENIED
from models.pathology.finding import NAMES, Certainty, Contradiction, Finding
from models.pathology.grading import group_of
from models.pathology.mismatch_repair import PROTEINS
from models.pathology.thresholds import HER2_OF_IHC, HER2_OF_ISH, interval, receptor_of_percent

_DIAGNOSIS: Final = frozenset({"behaviour", "histology", NO_MALIGNANCY})
_KEPT: Final = frozenset({"site", "laterality", "procedure"})
_REPLACES: Final[dict[str, frozenset[str]]] = {
    "er": frozenset({"er", "er_percent"}),
    "er_percent": frozenset({"er", "er_percent"}),
    "pr": frozenset({"pr", "pr_percent"}),
    "pr_percent": frozenset({"pr", "pr_percent"}),
    "her2_ihc": frozenset({"her2_ihc", "her2"}),
    "her2_ish": frozenset({"her2_ish", "her2"}),
    "gleason": frozenset({"gleason", "grade_group"}),
    "grade_group": frozenset({"gleason", "grade_group"}),
    **{protein: frozenset({protein, "mmr"}) for protein in PROTEINS},
}
"""Names that an addendum's finding replaces where these are more than its own."""
_MANY: Final = frozenset(
    {
        "site", "laterality", "procedure", "behaviour", "histology", "primary", "size_mm", "focality", "nodes",
        "margins", "gleason", "grade_group",
    }
)  # fmt: skip
"""Names of which one specimen may have several values."""
_ADENOCARCINOMAS: Final = frozenset({("histology", "adenocarcinoma"), ("histology", "acinar adenocarcinoma")})
_STAGE: Final = frozenset({"pt", "pn", "pm"})
_GRADES: Final = {"low": frozenset({"1", "2"}), "high": frozenset({"3"})}
"""Two-tier grades with their three-tier grades: WHO Digestive System Tumours, 5th edition, 2019."""


class LocatedMention(NamedTuple):
    """A mention with its position in the report; [start, end) is a span of the original text."""

    name: str
    value: str
    hedged: bool
    start: int
    end: int
    part: str
    level: int
    amends: bool
    in_diagnosis: bool


def reconcile(mentions: Iterable[LocatedMention]) -> tuple[list[Finding], list[Contradiction]]:
    """Return findings in the order of NAMES, and the contradictions. Depends on the mentions alone."""
    left = _last_word(list(mentions))
    findings: dict[tuple[str, str, str], Finding] = {}
    said: dict[tuple[str, str, str], list[LocatedMention]] = {}
    for one in left:
        said.setdefault((one.part, one.name, one.value), []).append(one)
    denied = {(part, value): same[0] for (part, name, value), same in sorted(said.items()) if name == NO_MALIGNANCY}
    for key, same in said.items():
        if key[1] != NO_MALIGNANCY:
            findings[key] = _finding(same)
    contradictions: set[Contradiction] = set()
    for (part, value), one in denied.items():
        stated = {(found.name, found.value) for found in findings.values() if found.part == part}
        if ("behaviour", "malignant") in _certain(part, findings):
            if value != TYPE_DENIED or stated & _ADENOCARCINOMAS:
                contradictions.add(Contradiction("behaviour", part))
        elif not any(name == "behaviour" for name, _ in stated):
            findings[part, "behaviour", "benign"] = Finding("behaviour", "benign", "stated", one.start, one.end, part)
    parts = {part for part, _, _ in findings}
    left_and_not = {("behaviour", "malignant"), ("behaviour", NO_RESIDUAL)}
    contradictions |= {Contradiction("behaviour", part) for part in parts if left_and_not <= _certain(part, findings)}
    for part in sorted(parts):
        mine = [one for one in findings.values() if one.part == part]
        contradictions |= set(_contradictions(part, mine))
        derived = list(_derived(mine))
        for name, value in _superseded(mine, derived):
            findings.pop((part, name, value), None)
        findings |= {(part, one.name, one.value): one for one in derived}
    contradictions |= {*_across(list(findings.values())), *_without_a_node(list(findings.values()))}
    ordered = sorted(findings.values(), key=lambda one: (NAMES.index(one.name), one.part, one.start, one.value))
    return ordered, sorted(contradictions)


def _certain(part: str, findings: Mapping[tuple[str, str, str], Finding]) -> set[tuple[str, str]]:
    """Return names and values that a part states."""
    return {(one.name, one.value) for one in findings.values() if one.part == part and one.certainty == "stated"}


def _last_word(mentions: Sequence[LocatedMention]) -> list[LocatedMention]:
    """Return the mentions that remain when each addendum has replaced what it reports anew."""
    levels: dict[int, list[LocatedMention]] = {}
    for one in mentions:
        levels.setdefault(one.level, []).append(one)
    left = levels.pop(0, [])
    for level in sorted(levels):
        later = [_at_home(one, left) for one in levels[level]]
        gone = {(one.part, name) for one in later for name in _replaced(one)}
        left = [one for one in left if (one.part, one.name) not in gone] + later
    return left


def _at_home(one: LocatedMention, before: Sequence[LocatedMention]) -> LocatedMention:
    """Return an addendum's finding with its part, where it names none and only one is possible."""
    if one.part:
        return one
    family = _REPLACES.get(one.name, frozenset({one.name}))
    parts = {other.part for other in before if other.name in family} or {other.part for other in before} - {""}
    return one._replace(part=parts.pop()) if len(parts) == 1 else one


def _replaced(one: LocatedMention) -> frozenset[str]:
    if one.name in _DIAGNOSIS:
        return _DIAGNOSIS if one.amends else frozenset()
    return frozenset() if one.name in _KEPT else _REPLACES.get(one.name, frozenset({one.name}))


def _finding(same: Sequence[LocatedMention]) -> Finding:
    """Merge equal mentions to one finding; a mention in the diagnosis decides on the certainty."""
    weighty = [one for one in same if one.in_diagnosis] or list(same)
    stated = [one for one in weighty if not one.hedged]
    first = min(stated or weighty, key=lambda one: one.start)
    certainty: Certainty = "stated" if stated else "hedged"
    return Finding(first.name, first.value, certainty, first.start, first.end, first.part)


def _contradictions(part: str, findings: Sequence[Finding]) -> Iterator[Contradiction]:
    stated = [one for one in findings if one.certainty == "stated"]
    by_name: dict[str, list[str]] = {}
    for one in stated:
        by_name.setdefault(one.name, []).append(one.value)
    for name, values in by_name.items():
        if name not in _MANY and not _all_agree(name, values):
            yield Contradiction(name, part)
    for name in ("er", "pr"):
        meant = {receptor_of_percent(name, percent) for percent in by_name.get(f"{name}_percent", [])} - {None}
        if any(("negative" in (a, b)) and a != b for a in by_name.get(name, []) for b in meant):
            yield Contradiction(name, part)
    if _her2_clashes(by_name):
        yield Contradiction("her2", part)
    if any(int(score.partition("=")[2] or 0) not in (0, _sum(score)) for score in by_name.get("gleason", [])):
        yield Contradiction("gleason", part)
    groups = {_group(score) for score in by_name.get("gleason", []) if "+" in score}
    if groups and not set(by_name.get("grade_group", [])) <= groups:
        yield Contradiction("grade_group", part)
    lost = any("lost" in by_name.get(protein, []) for protein in PROTEINS)
    if (lost and "proficient" in by_name.get("mmr", [])) or (
        all(by_name.get(protein) == ["intact"] for protein in PROTEINS) and "deficient" in by_name.get("mmr", [])
    ):
        yield Contradiction("mmr", part)


def _all_agree(name: str, values: Sequence[str]) -> bool:
    """Return whether all values of a name are compatible; intervals that overlap pairwise have a common point."""
    if _is_amount(name):
        lows, highs = zip(*map(interval, values), strict=True)
        return bool(max(lows) <= min(highs))
    return all(_agree(name, *pair) for pair in combinations(values, 2))


def _is_amount(name: str) -> bool:
    return name.endswith("_percent") or name == "pdl1_cps"


def _agree(name: str, one: str, other: str) -> bool:
    """Return whether two values of a name are compatible."""
    if _is_amount(name):
        (low, high), (least, most) = interval(one), interval(other)
        return low <= most and least <= high
    if name in _STAGE:
        one, other = one.partition("(")[0], other.partition("(")[0]
        return one.startswith(other) or other.startswith(one)
    if name == "grade":
        return bool(_GRADES.get(one, frozenset({one})) & _GRADES.get(other, frozenset({other})))
    if name in {"er", "pr"}:
        return "negative" not in (one, other)
    return name in {"her2", "her2_ish"} and "equivocal" in (one, other)


def _her2_clashes(by_name: dict[str, list[str]]) -> bool:
    ihc = {HER2_OF_IHC[score] for score in by_name.get("her2_ihc", [])}
    ish = {HER2_OF_ISH[result] for result in by_name.get("her2_ish", []) if result in HER2_OF_ISH}
    told = set(by_name.get("her2", []))
    if "equivocal" in told and ihc == {"equivocal"} and not ish:
        return len(told) > 2  # noqa: PLR2004 - what was equivocal at first has been told since, and one way only
    told -= {"equivocal"}
    if (ihc - {"equivocal"}) and ish and not ihc & ish:
        return True
    meant = ish or ihc
    return bool(told and meant and not told & meant)


def _derived(findings: Sequence[Finding]) -> Iterator[Finding]:
    """Yield findings that follow by definition: a receptor's status, HER2, grade groups, mismatch repair."""
    by_name: dict[str, list[Finding]] = {}
    for one in findings:
        by_name.setdefault(one.name, []).append(one)
    for name in ("er", "pr"):
        for one in by_name.get(f"{name}_percent", []):
            status, told = receptor_of_percent(name, one.value), {each.value for each in by_name.get(name, [])}
            if status is not None and (not told or (status == "low positive" and told == {"positive"})):
                yield one._replace(name=name, value=status)
    ish = [one for one in by_name.get("her2_ish", []) if one.value in HER2_OF_ISH]
    told = {one.value for one in by_name.get("her2", [])} - {"equivocal"}
    meant = [(one, HER2_OF_ISH[one.value]) for one in ish] or [
        (one, HER2_OF_IHC[one.value]) for one in by_name.get("her2_ihc", [])
    ]
    if not told:
        yield from (one._replace(name="her2", value=value) for one, value in meant)
    if "grade_group" not in by_name:
        yield from (
            one._replace(name="grade_group", value=_group(one.value))
            for one in by_name.get("gleason", [])
            if "+" in one.value and int(one.value.partition("=")[2]) == _sum(one.value)
        )
    if "mmr" not in by_name:
        proteins = [one for protein in PROTEINS for one in by_name.get(protein, [])]
        lost = [one for one in proteins if one.value == "lost"]
        if lost:
            yield lost[0]._replace(name="mmr", value="deficient")
        elif len({one.name for one in proteins}) == len(PROTEINS):
            doubt = next((one for one in proteins if one.certainty == "hedged"), proteins[0])
            yield doubt._replace(name="mmr", value="proficient")


def _superseded(findings: Sequence[Finding], derived: Sequence[Finding]) -> Iterator[tuple[str, str]]:
    """Yield names and values that others state more exactly, or that have been settled since."""
    for one in derived:
        if one.value == "low positive":
            yield one.name, "positive"
    if any(one.name == "her2_ish" and one.value in HER2_OF_ISH and one.certainty == "stated" for one in findings):
        yield "her2", "equivocal"  # the score of 2+ stays


def _across(findings: Sequence[Finding]) -> Iterator[Contradiction]:
    """Yield contradictions between the whole report and all of its parts."""
    stated = [one for one in findings if one.certainty == "stated" and one.name not in _MANY]
    for one in stated:
        if one.part:
            continue
        others = [other for other in stated if other.part and other.name == one.name]
        if others and not any(other.value == one.value or _agree(one.name, one.value, other.value) for other in others):
            yield Contradiction(one.name, "")


def _without_a_node(findings: Sequence[Finding]) -> Iterator[Contradiction]:
    """Yield pN of 1 or more where no counted node has a metastasis; pN1c counts deposits outside of nodes."""
    stated = [one for one in findings if one.certainty == "stated"]
    counts = [one.value for one in stated if one.name == "nodes"]
    number = [one.value.partition("N")[2] for one in stated if one.name == "pn"]
    if counts and all(count.startswith("0/") for count in counts):
        yield from (
            Contradiction("pn", "") for value in number if value[:1] in {"1", "2", "3"} and not value.endswith("c")
        )


def _sum(score: str) -> int:
    primary, _, secondary = score.partition("=")[0].partition("+")
    return int(primary) + int(secondary or 0)


def _group(score: str) -> str:
    primary, _, secondary = score.partition("=")[0].partition("+")
    return str(group_of(int(primary), int(secondary)))
