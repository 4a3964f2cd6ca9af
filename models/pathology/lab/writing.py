"""Generate reports together with what they state: sampled, phrased, wrapped, mistyped; the same for the same seed."""

import random
import textwrap
from collections.abc import Iterator
from typing import Final, NamedTuple

from models.pathology.entities import ENTITIES
from models.pathology.grading import group_of
from models.pathology.lab.wording import Ways, Wording
from models.pathology.mismatch_repair import PROTEINS
from models.pathology.thresholds import HER2_OF_IHC, HER2_OF_ISH, receptor_of_percent

Statement = tuple[str, str, str]
"""Name, value, certainty."""

BEHAVIOUR: Final = {entity.type: entity.behaviour for entity in ENTITIES if entity.type}
LESIONS: Final = {
    "breast": (
        "invasive carcinoma of no special type", "invasive carcinoma of no special type", "invasive lobular carcinoma",
        "mucinous carcinoma", "ductal carcinoma in situ", "fibroadenoma", "fibrocystic change",
        "atypical ductal hyperplasia",
    ),
    "colorectum": (
        "adenocarcinoma", "adenocarcinoma", "adenocarcinoma", "mucinous carcinoma", "tubular adenoma",
        "tubulovillous adenoma", "hyperplastic polyp",
    ),
    "lung": ("adenocarcinoma", "squamous cell carcinoma", "small cell carcinoma", "granulomatous inflammation"),
    "prostate": (
        "acinar adenocarcinoma", "acinar adenocarcinoma", "acinar adenocarcinoma",
        "high-grade prostatic intraepithelial neoplasia", "atypical small acinar proliferation", "nodular hyperplasia",
    ),
}  # fmt: skip
"""Lesions of each organ; a lesion that is listed twice is twice as frequent. Our choice, not a prevalence."""
STAGES: Final = {
    "breast": (("pT1b", "pT1c", "pT2", "ypT1c(m)"), ("pN0(sn)", "pN1a", "pN0(i+)(sn)", "pN1mi")),
    "colorectum": (("pT1", "pT2", "pT3", "ypT3", "pT4a"), ("pN0", "pN1a", "pN2b", "pN1c")),
    "lung": (("pT1a", "pT1c", "pT2a", "pT4"), ("pN0", "pN1", "pN2", "pNX")),
    "prostate": (("pT2", "pT3a", "pT3b"), ("pN0", "pN1", "pNX")),
}
_ROMAN: Final = {"1": "I", "2": "II", "3": "III"}
_WORDS: Final = {"1": "well", "2": "moderately", "3": "poorly"}
_LONG_WORD: Final = 8


class GeneratedReport(NamedTuple):
    """A generated report and everything that it states."""

    text: str
    statements: frozenset[Statement]


class _Draft(NamedTuple):
    lines: list[str]
    statements: list[Statement]
    later: list[str]  # lines that come in an addendum


def write(count: int, wording: Wording, seed: int) -> Iterator[GeneratedReport]:
    """Generate `count` reports in a wording.

    Each report has its own random numbers, so that a larger count begins with the same reports.
    """
    for number in range(count):
        yield _report(wording, random.Random(f"{seed}/{number}"))  # noqa: S311 - no secret


def _report(wording: Wording, chance: random.Random) -> GeneratedReport:
    organ = chance.choice(tuple(LESIONS))
    taken = chance.choice(("biopsy", "biopsy", "resection"))
    draft = _Draft([], [("site", organ, "stated"), ("procedure", taken, "stated")], [])
    lesion = chance.choice(LESIONS[organ])
    fate = chance.random()
    if fate < 0.1:  # noqa: PLR2004 - our choice, like every share below
        _add(draft, chance.choice(wording.no_malignancy), ("behaviour", "benign"))
    elif fate < 0.15:  # noqa: PLR2004
        _add(draft, chance.choice(wording.insufficient), ("behaviour", "insufficient"))
    elif fate < 0.3:  # noqa: PLR2004
        _lesion(draft, wording, lesion, chance, certainty="hedged")
    else:
        _lesion(draft, wording, lesion, chance, certainty="stated")
        if BEHAVIOUR[lesion] == "malignant":
            _details(draft, wording, organ, taken, chance)
    other = chance.choice([one for one in LESIONS[organ] if one != lesion])
    if chance.random() < 0.4 and BEHAVIOUR[other] != "benign":  # noqa: PLR2004
        draft.lines.insert(
            chance.randrange(1, len(draft.lines) + 1),
            _fill(wording.denied, chance, lesion=_named(wording, other, chance)),
        )
    if chance.random() < 0.3:  # noqa: PLR2004
        draft.lines.append(chance.choice(wording.method + wording.pending))
    return GeneratedReport(_laid_out(draft, wording, organ, taken, chance), frozenset(draft.statements))


def _lesion(draft: _Draft, wording: Wording, lesion: str, chance: random.Random, *, certainty: str) -> None:
    ways = wording.stated if certainty == "stated" else wording.hedged
    draft.lines.append(_fill(ways, chance, lesion=_named(wording, lesion, chance)))
    draft.statements.extend((("behaviour", BEHAVIOUR[lesion], certainty), ("histology", lesion, certainty)))


def _details(draft: _Draft, wording: Wording, organ: str, taken: str, chance: random.Random) -> None:
    if organ == "prostate":
        _gleason(draft, wording, chance)
    elif chance.random() < 0.7:  # noqa: PLR2004
        grade = chance.choice("123")
        line = _fill(wording.grade, chance, number=grade, roman=_ROMAN[grade], words=_WORDS[grade])
        _add(draft, line, ("grade", grade))
    if taken == "resection":
        t, n = (chance.choice(values) for values in STAGES[organ])
        _add(draft, _fill(wording.stage, chance, t=t, n=n), ("pt", t), ("pn", n))
        margins = chance.choice(("clear", "clear", "involved"))
        _add(draft, chance.choice(wording.margins[margins]), ("margins", margins))
    invaded = chance.choice(("absent", "present", None))
    if invaded:
        name, ways = (
            ("perineural_invasion", wording.nerves)
            if organ == "prostate"
            else ("lymphovascular_invasion", wording.vessels)
        )
        _add(draft, chance.choice(ways[invaded]), (name, invaded))
    {"breast": _receptors, "colorectum": _repair, "lung": _tps}.get(organ, _nothing)(draft, wording, chance)


def _gleason(draft: _Draft, wording: Wording, chance: random.Random) -> None:
    primary, secondary = chance.choice(((3, 3), (3, 4), (4, 3), (4, 4), (4, 5)))
    total, group = primary + secondary, group_of(primary, secondary)
    line = _fill(wording.gleason, chance, primary=primary, secondary=secondary, sum=total)
    if chance.random() < 0.5:  # noqa: PLR2004
        line += f", {_fill(wording.grade_group, chance, group=group)}"
    _add(draft, line, ("gleason", f"{primary}+{secondary}={total}"), ("grade_group", str(group)))


def _receptors(draft: _Draft, wording: Wording, chance: random.Random) -> None:
    for name in ("er", "pr"):
        if chance.random() < 0.15:  # noqa: PLR2004
            continue
        percent = chance.choice((0, 0, 3, 10, 20, 80, 95, 100))
        status = receptor_of_percent(name, str(percent)) or ""
        word = chance.choice(wording.status["negative" if status == "negative" else "positive"])
        marker = chance.choice(wording.receptors[name])
        if chance.random() < 0.3:  # noqa: PLR2004
            result = "negative" if status == "negative" else "positive"
            _add(draft, _fill(wording.receptor_short, chance, marker=marker, status=word), (name, result))
        else:
            line = _fill(wording.receptor, chance, marker=marker, status=word, percent=percent)
            _add(draft, line, (name, status), (f"{name}_percent", str(percent)))
    ihc = chance.choice(("0", "1+", "2+", "2+", "3+"))
    ish = chance.choice((None, "amplified", "not amplified")) if ihc == "2+" else None
    _add(
        draft,
        chance.choice(wording.her2_ihc[ihc]),
        ("her2_ihc", ihc),
        ("her2", HER2_OF_ISH[ish] if ish else HER2_OF_IHC[ihc]),
    )
    if ish:
        draft.later.append(chance.choice(wording.her2_ish[ish]))
        draft.statements.append(("her2_ish", ish, "stated"))
    if chance.random() < 0.5:  # noqa: PLR2004
        percent = chance.choice((5, 14, 20, 45, 80))
        _add(draft, _fill(wording.ki67, chance, percent=percent), ("ki67_percent", str(percent)))


def _repair(draft: _Draft, wording: Wording, chance: random.Random) -> None:
    how = chance.choice(("proteins", "proteins", "words", "satellites", "nothing"))
    if how == "proteins":
        lost = chance.choice(((), ("mlh1", "pms2"), ("msh2", "msh6"), ("pms2",), ("msh6",)))
        kept = tuple(name for name in PROTEINS if name not in lost)
        for names, ways, value in ((lost, wording.lost, "lost"), (kept, wording.intact, "intact")):
            if names:
                listed = _listed([name.upper() for name in names])
                _add(draft, _fill(ways, chance, proteins=listed), *((name, value) for name in names))
        draft.statements.append(("mmr", "deficient" if lost else "proficient", "stated"))
    elif how == "words":
        value = chance.choice(tuple(wording.repair))
        _add(draft, chance.choice(wording.repair[value]), ("mmr", value))
    elif how == "satellites":
        value = chance.choice(tuple(wording.satellites))
        _add(draft, chance.choice(wording.satellites[value]), ("msi", value))


def _tps(draft: _Draft, wording: Wording, chance: random.Random) -> None:
    percent = chance.choice(("<1", "1", "10", "60", "95"))
    _add(draft, _fill(wording.tps, chance, percent=percent), ("pdl1_tps_percent", percent))


def _nothing(draft: _Draft, wording: Wording, chance: random.Random) -> None:
    """Add nothing, for an organ without further details."""


def _add(draft: _Draft, line: str, *said: tuple[str, str]) -> None:
    draft.lines.append(line)
    draft.statements.extend((name, value, "stated") for name, value in said)


def _fill(ways: Ways, chance: random.Random, **values: object) -> str:
    return chance.choice(ways).format(**values)


def _named(wording: Wording, lesion: str, chance: random.Random) -> str:
    return chance.choice(wording.lesions[lesion])


def _listed(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def _laid_out(draft: _Draft, wording: Wording, organ: str, taken: str, chance: random.Random) -> str:
    """Lay out sections, order and wrap sentences or lines, capitalise, and mistype words."""
    head = _fill(
        wording.head, chance, organ=chance.choice(wording.organs[organ]), taken=chance.choice(wording.taken[taken])
    )
    first, *rest = draft.lines
    chance.shuffle(rest)
    lines = [_sentence(line) for line in (first, *rest)]
    style = chance.choice(("prose", "lines", "bullets"))
    if style == "prose":
        prose = " ".join(f"{line}." for line in lines)
        width = chance.choice((60, 80, 1000))
        body = textwrap.fill(
            f"{head if head.endswith((':', '.')) else head + '.'} {prose}", width, break_on_hyphens=False
        )
    else:
        mark, stop = ("- ", "") if style == "bullets" else ("", chance.choice(("", ".")))
        body = "\n".join([head, *(f"{mark}{line}{stop}" for line in lines)])
    heading = chance.choice(wording.diagnosis_heading)
    parts = [f"{heading}{chance.choice((' ', chr(10)))}{body}" if heading else body]
    if chance.random() < 0.6:  # noqa: PLR2004
        other = _named(wording, chance.choice(LESIONS[organ]), chance)
        asides = [
            f"{chance.choice(wording.history_heading)} {_sentence(_fill(wording.history, chance, lesion=other))}."
        ]
        if heading and chance.random() < 0.5:  # noqa: PLR2004
            asides.append(f"{chance.choice(wording.gross_heading)} {chance.choice(wording.gross)}.")
        parts = [*asides, *parts] if heading else parts
    if draft.later:
        later = " ".join(f"{_sentence(line)}." for line in draft.later)
        parts.append(f"{chance.choice(wording.addendum_heading)} {later}")
    text = chance.choice(("\n", "\n\n")).join(parts)
    text = _mistyped(text, chance) if chance.random() < 0.2 else text  # noqa: PLR2004
    return text.upper() if chance.random() < 0.2 else text  # noqa: PLR2004


def _sentence(line: str) -> str:
    return line[:1].upper() + line[1:]


def _mistyped(text: str, chance: random.Random) -> str:
    """Mistype one long word: drop a letter, double it, or swap it with the next; never the first."""
    words = text.split(" ")
    long = [at for at, word in enumerate(words) if len(word) >= _LONG_WORD and word.isalpha()]
    if not long:
        return text
    at = chance.choice(long)
    word, where = words[at], chance.randrange(1, len(words[at]) - 2)
    words[at] = chance.choice(
        (
            word[:where] + word[where + 1 :],
            word[:where] + word[where] + word[where:],
            word[:where] + word[where + 1] + word[where] + word[where + 2 :],
        )
    )
    return " ".join(words)
