"""Make the compact table of CPIC's recommendations from a list of them.

    python -m models.treatment.lab.cpic RECOMMENDATIONS.tsv --edition TEXT > models/treatment/cpic.json

The list has a line for each drug, result of its genes and population, with the strength of the recommendation and three
marks: whether it speaks of another drug, of the dose, or gives other guidance. It holds no sentence of the guideline.
CPIC's content is in the public domain (CC0, https://cpicpgx.org/license/).
"""

import argparse
import csv
import json
from collections import defaultdict
from collections.abc import Iterable, Mapping
from itertools import product
from pathlib import Path
from typing import Any, Final

MARKS: Final = (
    ("alternate_drug", "another drug"),
    ("dosing_information", "dose"),
    ("other_guidance", "other guidance"),
)
Row = Mapping[str, str]


def results_of(row: Row) -> dict[str, str]:
    """Return the result of each gene that a line is about."""
    return {gene: result for gene, _, result in (part.partition("=") for part in row["lookup"].split("; "))}


def outcome_of(row: Row) -> tuple[str, ...]:
    """Return the strength of a line's recommendation and the kinds of its advice; an empty strength is no statement."""
    return (row["classification"], *(kind for mark, kind in MARKS if row[mark] == "1"))


def table(rows: Iterable[Row], edition: str) -> dict[str, Any]:
    """Return the table: for each group of drugs that are treated alike, the outcome of all combinations of results."""
    of_drug: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        of_drug[row["drugs"]].append(row)
    outcomes: list[tuple[str, ...]] = []
    groups: dict[str, dict[str, Any]] = {}
    for drug, lines in sorted(of_drug.items()):
        group = _group(lines, outcomes)
        groups.setdefault(json.dumps(group), group | {"drugs": []})["drugs"].append(drug)
    return {"edition": edition, "license": "CC0", "outcomes": outcomes, "groups": list(groups.values())}


def _group(lines: list[Row], outcomes: list[tuple[str, ...]]) -> dict[str, Any]:
    genes: dict[str, list[str]] = defaultdict(list)
    populations: dict[str, dict[tuple[str, ...], int]] = defaultdict(dict)
    for line in lines:
        results, outcome = results_of(line), outcome_of(line)
        for gene, value in results.items():
            genes[gene] = sorted({*genes[gene], value})
        if outcome not in outcomes:
            outcomes.append(outcome)
        populations[line["population"]][tuple(results.values())] = outcomes.index(outcome)
    cells = list(product(*genes.values()))
    return {
        "genes": dict(genes),
        "pmid": max((line["pmids"] for line in lines), key=len).split(",")[0],
        "populations": {name: [told.get(cell) for cell in cells] for name, told in sorted(populations.items())},
    }


def main() -> None:
    """Print the table as JSON."""
    parser = argparse.ArgumentParser(description="Make the compact table of CPIC's recommendations.")
    parser.add_argument("recommendations", type=Path)
    parser.add_argument("--edition", required=True, help="which edition of CPIC's data the list holds")
    asked = parser.parse_args()
    with asked.recommendations.open(encoding="utf-8", newline="") as file:
        made = table(csv.DictReader(file, delimiter="\t"), asked.edition)
    groups = ",\n".join(json.dumps(group, ensure_ascii=False, separators=(",", ":")) for group in made.pop("groups"))
    head = json.dumps(made, ensure_ascii=False, separators=(",", ":")).removesuffix("}")
    print(f'{head},"groups":[\n{groups}\n]}}')  # noqa: T201 - what the command is for


if __name__ == "__main__":
    main()
