"""Whether the name beside a code tells another measurement than the code. Pure.

Senders write the name in their own language and seldom as the code's system has it, so it is compared by stems of words
alone: a name with none of its own measurement's but another's contradicts, and so does one with a word that tells
another kind of it, as the ionised part of a calcium or a glucose in urine. A name without any of these words says
nothing. The words are our choice: English, and those of the languages that public messages of laboratories and monitors
were found in; what they are compared with is a code whose meaning is known, so a word too many costs a value that is
told, and a word too few costs nothing that was certain before.
"""

import re
import unicodedata
from typing import Final

# fmt: off
_STEMS: Final[dict[str, str]] = {
    # by the field of ours, or by what has none (#)
    "heart_rate_bpm": r"\bheart|\bpuls|\bhr\b|\bpr\b|\bherz|hjerte|hjarta|\bhart|cardia",
    "respiratory_rate_per_min": r"\bresp|\bbreath|\brr\b|\batem|ademhal",
    "spo2_percent": r"spo2|\bsaturation|\bsat\b|sattigung|metning|oximet|pulse ?ox|sao2",
    "systolic_mmhg": r"\bs[iy]stol|\bsys\b",
    "mean_arterial_mmhg": r"\bmean\b|\bmap\b|\bmittel|\bmiddel",
    "diastolic_mmhg": r"\bdiastol|\bdia\b",
    "temperature_celsius": r"\btemp|temperat|\bfieber|\bfever",
    "etco2_mmhg": r"co2|carbon dioxide|kohlen(di|sto)|karbondioks",
    "fio2_fraction": r"\bfio2\b",
    "paco2_mmhg": r"co2|carbon dioxide|kohlen(di|sto)|karbondioks",
    "ph": r"\bph\b",
    "base_excess_mmol_per_l": r"base ex|basenub|\bbe\b|exces",
    "bicarbonate_mmol_per_l": r"bi[ck]arb|hydrogen[ck]arb|hco3",
    "lactate_mmol_per_l": r"la[ck]tat|lactic",
    "ast_u_per_l": r"\bast\b|\basat\b|\bgot\b|aspartat|\bs?ast\b",
    "alkaline_phosphatase_u_per_l": r"(ph|f)os(ph|f)atas|\balp\b|\bap\b",
    "bun_mg_per_dl": r"urea|uree\b|ureum|harnstoff|urinstoff|[ck]arbamid|\bbun\b",
    "calcium_mg_per_dl": r"[ck]al[cszk]i?um|calcio|\bca\b",
    "chloride_mmol_per_l": r"[ck]hlorid|klorid|cloruro|chlorure|\bcl\b",
    "creatinine_mg_per_dl": r"[ck]rea",
    "direct_bilirubin_mg_per_dl": r"bilirubin",
    "total_bilirubin_mg_per_dl": r"bilirubin",
    "glucose_mg_per_dl": r"glu[ck]o|gl[yi][ck][oae]|\bglu\b|\bsugar|zucker",
    "magnesium_mg_per_dl": r"magnesi",
    "phosphate_mg_per_dl": r"(ph|f)os(ph|f)(?!atas)",
    "potassium_mmol_per_l": r"potas|[ck]alium|\bk\b",
    "troponin_i_ng_per_ml": r"troponin|\btn[it]\b",
    "hematocrit_percent": r"h[ae]*mato[ck]rit|\bhct\b|\bhkt\b|\bht\b",
    "hemoglobin_g_per_dl": r"h[ae]*moglobin|\bhgb\b|\bhb\b",
    "wbc_10e3_per_ul": r"\bleu|\bwhite|\bwbc\b|weiss",
    "platelets_10e3_per_ul": r"platelet|\bthr(o|\b)|trombo[csk]|plaquet|\bplt\b",
    "ptt_s": r"ptt|thromboplastin|tromboplastin",
    "fibrinogen_mg_per_dl": r"fibrin",
    "#albumin": r"\balbumin|\balb\b",
    "#alt": r"\balt\b|\balat\b|\bgpt\b|alanin",
    "#ck": r"creatine? kinase|[ck]reatinkinase|\bck\b",
    "#crp": r"\bcrp\b|c.?rea[ck]tiv",
    "#d-dimer": r"dimer",
    "#erythrocytes": r"erythro|eritro|\bery|\bred (blood|cell)|\brbc\b",
    "#inr": r"\binr\b|quick|prothrombin|protrombin",
    "#ldh": r"dehydrogenas|\bldh\b",
    "#lipase": r"lipas|amylas",
    "#oxygen": r"\bpa?o2\b",
    "#procalcitonin": r"pro[ck]al[ck]itonin",
    "#protein": r"\bprotein|eiweiss",
    "#sodium": r"sodium|natrium|\bsodio|\bna\b",
    "#uric acid": r"uric|harnsaure|\burat",
}
_ANOTHER_KIND: Final[dict[str, str]] = {
    "heart_rate_bpm": r"f(o?e)t[au]|variab|beat.to.beat",
    "respiratory_rate_per_min": r"\bset\b|\bsetting|eingestellt|innstilt|spont",
    "spo2_percent": r"\bs[vc]*vo2|venous|venos|cerebr|regional|\brso2",
    "systolic_mmhg": r"pulm|ventric|intracran|\bicp|\bcvp|venous|venos",
    "mean_arterial_mmhg": r"pulm|ventric|intracran|\bicp|\bcvp|venous|venos|airway",
    "diastolic_mmhg": r"pulm|ventric|intracran|\bicp|\bcvp|venous|venos",
    "temperature_celsius": r"\bskin|\bhaut|\bhud\b|\bpeau|\broom\b|\bambient|incubator|differen|\bdelta",
    "etco2_mmhg": r"arter|\bpa?co2\b|inspir|\bfico2|\bimco2",
    "paco2_mmhg": r"et ?co2|end.?tid|exhal|expir|venous|venos|capill|kapill",
    "ph": r"venous|venos|gastric|magen",
    "lactate_mmol_per_l": r"dehydrogenas|\bldh\b",
    "calcium_mg_per_dl": r"ioni[sz]|\bionis|\bfree\b|\bfrei|\bica\b",
    "creatinine_mg_per_dl": r"clearance|ratio|quotient|kinase",
    "direct_bilirubin_mg_per_dl": r"total|gesamt|indire[ck]t|unconj|unkonj",
    "total_bilirubin_mg_per_dl": r"dire[ck]t|[ck]onjug",
    "troponin_i_ng_per_ml": r"troponin.?t\b|\btnt|high.?sens|hochsens|\bhs\b",
    "hemoglobin_g_per_dl": r"a1c|gl[yi][ck]|\bmchc?\b|reti[ck]ul|carboxy|oxyh|meth[ae]*mo|f(o?e)tal|mean",
    "hematocrit_percent": r"reti[ck]ul",
    "platelets_10e3_per_ul": r"mean|\bmpv\b|mittler|volumen",
    "wbc_10e3_per_ul": r"esterase",
}
_ELSEWHERE: Final = re.compile(
    r"\bin urin|\burin(e|ary)?\b|\bharn\b|\bcsf\b|liquor|cerebrospinal|pleura|ascit|\bdrain|\bstool\b|stuhl|dialys"
)
"""Not of blood: what a laboratory's name says of the specimen."""
# fmt: on
_UNIT: Final = re.compile(r"\S*/\S*")
_MEANT: Final = {field: re.compile(stems) for field, stems in _STEMS.items()}
_KINDS: Final = {field: re.compile(stems) for field, stems in _ANOTHER_KIND.items()}
_VITALS: Final = frozenset({"fio2_fraction"} | {one for one in _STEMS if one.endswith(("_mmhg", "_bpm", "_celsius"))})
_OF_PATIENTS: Final = (_VITALS | {"spo2_percent", "respiratory_rate_per_min"}) - {"paco2_mmhg"}
"""Fields of no specimen."""


def contradicts(field: str, name: str) -> bool:
    """Whether a name tells another measurement than the field of its code."""
    if field not in _MEANT:
        return False
    words = _folded(name)
    if (kind := _KINDS.get(field)) is not None and kind.search(words):
        return True
    if field not in _OF_PATIENTS and _ELSEWHERE.search(words):
        return True
    return not _MEANT[field].search(words) and any(pattern.search(words) for pattern in _MEANT.values())


def _folded(name: str) -> str:
    """A name in small letters without accents and without units, its words apart."""
    apart = unicodedata.normalize("NFKD", _UNIT.sub(" ", name.replace("_", " ").casefold()))
    return "".join(letter for letter in apart if not unicodedata.combining(letter))
