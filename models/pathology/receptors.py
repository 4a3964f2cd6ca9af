"""ER, PR, HER2, Ki-67 and PD-L1: results as the report states them."""

import re
from collections.abc import Iterator
from typing import Final

from models.pathology.cues import Assertion, Cues
from models.pathology.finding import Mention
from models.pathology.markers import Group, groups
from models.pathology.page import Page

_NEAR: Final = 200
"""Characters; in situ hybridisation without a gene refers to HER2 if that was the last marker within this distance."""

_STATUS: Final = re.compile(
    r"(?P<low>(?:weakly |low[ -]?)positive|positive[ (,]{1,3}low)"
    r"|(?P<negative>negative|\bneg\b|\(-\)|not expressed|no (?:nuclear |significant )?(?:staining|expression"
    r"|immunoreactivity)"
    r"|absent|non-?reactive|unreactive|not positive)|(?P<equivocal>equivocal|indeterminate|borderline)"
    r"|(?P<positive>positive|\bpos\b|\(\+\)|overexpress\w+|immunoreactive|expressed)"
)
_SIGN: Final = re.compile(r"(?:(?P<positive>\+)|(?P<negative>-))(?=[ ,;/.)]|$)(?! ?(?:pos|neg|\d))")
_BEFORE: Final = re.compile(
    r"(?:(?P<positive>(?:positive|immunoreactive|positivity|expression|staining)(?: staining"
    r"| expression)? (?:for|of))"
    r"|(?P<negative>(?:negative|no|absent|lack of|negativity)(?: nuclear)?(?: staining| expression"
    r"| immunoreactivity)? (?:for|of)))(?: both| the)? $"
)
_NO_BEFORE: Final = re.compile(
    r"(?:no|lacks?|without|absent|lack of)(?: nuclear)? (?:expression|staining)(?: of| for) $"
)
_LACKS: Final = re.compile(r"(?<![a-z])(?:no|lacks?|lacking|without) $")
_EXPRESSION: Final = re.compile(r" (?:expression|staining|immunoreactivity)\b")
_TRIPLE: Final = re.compile(r"(?<![a-z])triple[- ]negative(?! breast cancer (?:panel|study|trial))")

_PERCENT: Final = re.compile(
    r"(?P<bound><=|>=|<|>|≤|≥|less than or equal to |greater than or equal to |less than |fewer than |more than "
    r"|greater than"
    r" |over |under |at least )? ?(?<![\d.])(?P<low>\d{1,3}(?:\.\d)?)(?: ?%?(?: ?- ?"
    r"| to )(?P<high>\d{1,3}(?:\.\d)?))? ?(?:%|percent|per cent)"
)
_NUMBER: Final = re.compile(
    r"(?P<bound><=|>=|<|>|≤|≥)? ?(?<![\d.])(?P<low>\d{1,3})(?:(?: ?- ?| to )(?P<high>\d{1,3}))?(?!\d|\.\d| ?%)"
)
_BOUNDS: Final = {
    "≤": "<=", "≥": ">=", "less than or equal to": "<=", "greater than or equal to": ">=", "less than": "<",
    "fewer than": "<", "more than": ">", "greater than": ">", "over": ">", "under": "<", "at least": ">=",
}  # fmt: skip

_SCORE: Final = re.compile(
    r"(?P<range>[0-3] ?\+? ?(?:-|/|or|to) ?[0-3] ?\+)|(?<![\d.+])(?:(?P<plus>[0-3]) ?\+|score(?:d)?(?: of"
    r"| as)?[ :=]{0,2}(?P<score>[0-3])(?!\d|\.\d| ?%)"
    r"|(?:negative|neg)[ ,(]{1,3}(?P<told>[01])(?![\d+/%-]|\.\d| ?%| (?:or|to) )|\bis (?P<is>[0-3])(?= by)"
    r"|(?P<of>[0-3]) ?/ ?3(?!\d)"
    r"|\((?P<bracket>[0-3])\)|(?:ihc"
    r"|immunohistochemistry)\)?[ :=(]{1,3}(?P<ihc>[0-3])(?!\d|\.\d| ?%))"
)
_KEYED_SCORE: Final = re.compile(r"[) ]{0,2}[:= ] ?(?P<keyed>[0-3])(?=[ ,;.)]|$)(?! ?%)")
_AMPLIFIED: Final = re.compile(
    r"(?P<negative>not amplified|non-? ?amplified|unamplified|no (?:evidence of )?(?:gene )?amplification|negative"
    r"|amplification (?:is |was )?(?:not (?:detected|identified|seen|present)|absent))|(?P<equivocal>equivocal"
    r"|indeterminate)"
    r"|(?P<positive>amplified|amplification|positive)"
)
_NOT_BEFORE: Final = re.compile(
    r"(?:no|negative for|without|absence of|lack of|excludes|excluding|rules out)(?: evidence of)? $"
)
_LEADING: Final = re.compile(
    r"\d{1,3}(?:\.\d)? ?(?:%|percent)(?: of)?(?: the| all)?(?: tumou?r| invasive| neoplastic)?(?: cells?| nuclei)?"
    r"(?: are| is| show| showing)?(?: positive| stain\w*| express\w*| staining| immunoreactive)?(?: for| with)? $"
)
"""A percentage in front of a receptor's name, as in "95% of the nuclei stain for ER"."""
_FAR: Final = 60
_LEADS: Final = 12
"""Characters before a name in which an amount may stand, as in "60% TPS"."""
_GENE: Final = re.compile(r"(?P<negative>not amplified|non-? ?amplified|unamplified)|(?P<positive>amplified)")
_H_SCORE: Final = re.compile(r"h[- ]?score(?: of| is)?[ :=]{0,3}(?P<score>\d{1,3})(?![\d%])")
_H_COLUMN: Final = re.compile(
    r"[ :-]{1,3}(?:positive|negative|pos"
    r"|neg)[ :,(]{1,3}(?P<score>\d{1,3})(?![\d%+/.-]| ?%)"
)
_H_HEADING: Final = re.compile(r"h[- ]?score(?! ?[:=]? ?\d)")
_MOST_H_SCORE: Final = 300
"""Three times the share of strong cells, twice that of moderate, and that of weak ones: McCarty KS et al. Arch Pathol
Lab Med 1985;109:716."""
_MOST_PERCENT: Final = 100
_TABLE: Final = 300
"""Characters between the heading of a table and one of its rows."""
_SHARE: Final = re.compile(_PERCENT.pattern)
_TENS: Final = ("ten", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
_ONES: Final = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
_IN_FIGURES: Final = {word: 10 * at for at, word in enumerate(_TENS, 1)} | {word: at for at, word in enumerate(_ONES)}
_TENS_OR: Final = "|".join(_TENS)
_ONES_OR: Final = "|".join(_ONES)
_WORDED: Final = re.compile(
    rf"(?<![a-z-])(?P<words>(?:one |a )?hundred|(?:{_TENS_OR})(?:[- ](?:{_ONES_OR}))?|{_ONES_OR})"
    r" (?:percent|per cent|%)"
)
"""An amount in words."""
_IMMUNE: Final = re.compile(
    r"(?:of |tumou?r[- ]infiltrating |tumou?r[- ]associated )?(?:immune|lymphocyt|inflammatory|ic\b)"
)
_TUMOUR_CELLS: Final = re.compile(r"(?:tumou?r|neoplastic|carcinoma|malignant|cancer) cells|\btc\b")
_OF_CELLS: Final = re.compile(r"cells|tumou?r|staining|positiv|express|stain")
_CELLS: Final = re.compile(r"percentage of (?:tumou?r )?(?:cells|nuclei)[a-z ]{0,40}:")
"""A line of a synoptic report that continues the receptor of the line before."""


def find(page: Page, cues: Cues) -> Iterator[Mention]:
    """Yield results of receptors and of the other markers that have a percentage."""
    gene, gene_end = "", 0
    for group in groups(page, cues):
        genes = [name for name in group.names if name != "ish"]
        if genes:
            gene, gene_end = genes[-1], group.end
        for name in genes:
            yield from _told(page, group, name)
        near = gene == "her2" and group.start - gene_end <= _NEAR
        if "her2" in genes or (not genes and near):
            yield from _hybridised(page, group, alone="ish" in group.names)
    for one in _TRIPLE.finditer(page.flat):
        said = cues.assertion(one.start(), one.end())
        if said in (Assertion.STATED, Assertion.HEDGED):
            for name in ("er", "pr", "her2"):
                yield Mention(name, "negative", said is Assertion.HEDGED, one.start(), one.end())


def _told(page: Page, group: Group, name: str) -> Iterator[Mention]:
    match name:
        case "er" | "pr":
            yield from _receptor(page, group, name)
        case "her2" if "ish" not in group.names:
            yield from _her2(page, group)
        case "ki67":
            yield from _counted(page, group, "ki67_percent", _PERCENT)
        case "pdl1" if not {"tps", "cps"} & set(group.names):
            yield from _of_cells(page, group)
        case "tps":
            yield from _counted(page, group, "pdl1_tps_percent", _PERCENT)
        case "cps":
            yield from _counted(page, group, "pdl1_cps", _NUMBER)


def _receptor(page: Page, group: Group, name: str) -> Iterator[Mention]:
    flat = page.flat
    before = _BEFORE.search(flat, max(0, group.start - 40), group.start)
    absent = _NO_BEFORE.search(flat, max(0, group.start - 40), group.start)
    if absent is None and _EXPRESSION.match(flat, group.end):
        absent = _LACKS.search(flat, max(0, group.start - 12), group.start)
    status = _SIGN.match(flat, group.end, group.until) or _STATUS.search(flat, group.end, group.until)
    if absent or before:
        value = "negative" if absent or (before and before["negative"]) else "positive"
        start = (absent or before).start()  # type: ignore[union-attr]  # one of them is there
        yield Mention(name, value, group.hedged, start, group.end)
    elif status is not None:
        value = str(status.lastgroup)
        value = "low positive" if value == "low" and name == "er" else "positive" if value == "low" else value
        if value != "equivocal":
            yield Mention(name, value, group.hedged, group.start, status.end())
    yield from _h_score(page, group, name)
    percent = _PERCENT.search(flat, group.end, group.until)
    if percent is None:
        following = page.sentence(group.until) if group.until < len(flat) else None
        cells = following and _CELLS.search(flat, following.start, following.end)
        percent = _PERCENT.search(flat, cells.end(), following.end) if cells and following else None
    if percent is not None:
        yield Mention(f"{name}_percent", _amount(percent), group.hedged, group.start, percent.end())
        return
    leading = _LEADING.search(flat, max(page.sentence(group.start).start, group.start - _FAR), group.start)
    if leading is not None and (amount := _PERCENT.match(flat, leading.start())):
        yield Mention(f"{name}_percent", _amount(amount), group.hedged, leading.start(), group.end)


def _h_score(page: Page, group: Group, name: str) -> Iterator[Mention]:
    """Yield an H-score: named as one, or a number in the column of a table behind the status."""
    one = _H_SCORE.search(page.flat, group.end, group.until)
    if one is None and (one := _H_COLUMN.match(page.flat, group.end, group.until)):
        headed = _H_HEADING.search(page.flat, max(0, group.start - _TABLE), group.start)
        one = one if headed or int(one["score"]) > _MOST_PERCENT else None
    if one is not None and int(one["score"]) <= _MOST_H_SCORE:
        yield Mention(f"{name}_h_score", f"{int(one['score'])}", group.hedged, group.start, one.end())


def _of_cells(page: Page, group: Group) -> Iterator[Mention]:
    """Yield the proportion of tumour cells that express PD-L1, where it is said without a name: not of immune cells."""
    sentence = page.sentence(group.start)
    lead = max(sentence.start, group.start - _FAR)
    if _IMMUNE.search(page.flat, lead, group.until) and not _TUMOUR_CELLS.search(page.flat, lead, group.until):
        return
    found = _SHARE.search(page.flat, group.end, group.until) or _WORDED.search(page.flat, group.end, group.until)
    leading = list(_SHARE.finditer(page.flat, lead, group.start)) or list(
        _WORDED.finditer(page.flat, lead, group.start)
    )
    one = found or (leading[-1] if leading and _OF_CELLS.search(page.flat, leading[-1].end(), group.start) else None)
    if one is not None and not _IMMUNE.match(page.flat, one.end() + 1):
        yield Mention(
            "pdl1_tps_percent", _amount(one), group.hedged, min(group.start, one.start()), max(group.end, one.end())
        )


def _her2(page: Page, group: Group) -> Iterator[Mention]:
    flat = page.flat
    score = _KEYED_SCORE.match(flat, group.end, group.until) or _SCORE.search(flat, group.end, group.until)
    column = score is not None and score.lastgroup == "told" and _H_HEADING.search(flat, max(0, group.start - _TABLE))
    if score is not None and "range" not in str(score.lastgroup) and not column:
        value = str(score[str(score.lastgroup)])
        yield Mention("her2_ihc", value if value == "0" else f"{value}+", group.hedged, group.start, score.end())
    before = _BEFORE.search(flat, max(0, group.start - 40), group.start)
    sign = _SIGN.match(flat, group.end, group.until)
    status = sign or _STATUS.search(flat, group.end, group.until)
    if before:
        yield Mention("her2", str(before.lastgroup), group.hedged, before.start(), group.end)
    elif status is not None and status.lastgroup != "low" and "amplif" not in flat[group.end : status.start()]:
        yield Mention("her2", str(status.lastgroup), group.hedged, group.start, status.end())


def _hybridised(page: Page, group: Group, *, alone: bool) -> Iterator[Mention]:
    """Yield amplification of HER2; without a word for the method only words for amplification count."""
    status = _AMPLIFIED.search(page.flat, group.end, group.until)
    if not alone and status is not None and "amplif" not in status.group():
        status = _GENE.search(page.flat, status.end(), group.until)
    before = page.flat[max(0, group.start - 40) : group.start]
    if status is None or (not alone and "amplif" not in status.group()):
        return
    value = {"negative": "not amplified", "positive": "amplified", "equivocal": "equivocal"}[str(status.lastgroup)]
    if value == "amplified" and _NOT_BEFORE.search(before):
        value = "not amplified"
    yield Mention("her2_ish", value, group.hedged, group.start, status.end())


def _counted(page: Page, group: Group, name: str, pattern: re.Pattern[str]) -> Iterator[Mention]:
    one = pattern.search(page.flat, group.end, group.until) or _WORDED.search(page.flat, group.end, group.until)
    if one is not None:
        yield Mention(name, _amount(one), group.hedged, group.start, one.end())
        return
    leading = list(
        pattern.finditer(page.flat, max(page.sentence(group.start).start, group.start - _LEADS), group.start)
    )
    if leading and leading[-1].end() + 1 == group.start:
        yield Mention(name, _amount(leading[-1]), group.hedged, leading[-1].start(), group.end)


def _amount(one: re.Match[str]) -> str:
    """Return a number, a range, or a bound, without the unit."""
    if one.re is _WORDED:
        return _in_figures(one["words"])
    bound = (one["bound"] or "").strip()
    low = f"{float(one['low']):g}"
    return f"{low}-{float(one['high']):g}" if one["high"] else f"{_BOUNDS.get(bound, bound)}{low}"


def _in_figures(words: str) -> str:
    """Return an amount in words, up to a hundred, in figures."""
    if "hundred" in words:
        return "100"
    return f"{sum(_IN_FIGURES[word] for word in re.split('[ -]', words))}"
