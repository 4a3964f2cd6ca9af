"""Make the tables of alleles: from CPIC's definitions and phenotypes to one compact file for each gene.

Input is a folder as PharmCAT lays CPIC's data out (`definitions/GENE_translation.json`, `phenotypes/GENE.json`), with
pypgx's `pypgx_tables/allele-table.csv` for what those lack. Facts alone are taken: positions, bases, functions, names.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from models.genotype.definitions import FROM_A_VCF
from models.genotype.lab import functions
from models.genotype.lab.key_alleles import AMP, OURS
from models.genotype.lab.shifts import most_to_the_right

DEFAULT_ALLELE: Final = {"CYP2C19": "*1"}
"""What an unseen position is measured against where that is not the genome: GRCh38 carries the rare CYP2C19*38."""
_AMBIGUOUS: Final = {
    "R": "AG", "Y": "CT", "S": "CG", "W": "AT", "K": "GT", "M": "AC",
    "B": "CGT", "D": "AGT", "H": "ACT", "V": "ACG", "N": "ACGT",
}  # fmt: skip
"""IUPAC ambiguity codes: in a definition, bases any of which an allele may carry."""

Table = dict[str, Any]


def build(source: Path) -> dict[str, Table]:
    """Return the table of every gene by its file name, from a folder with CPIC's data."""
    exemptions = _read(source / "definitions" / "exemptions.json")
    alleles = source / "pypgx_tables" / "allele-table.csv"
    more = {"G6PD": functions.g6pd(alleles), "RYR1": functions.ryr1(alleles)}
    tables = {gene: _gene(source, gene, exemptions.get(gene, {}), more.get(gene)) for gene in FROM_A_VCF}
    edition = tables["CYP2C19"]["edition"]
    tables["CYP2D6"] = {"gene": "CYP2D6", "edition": edition, "activity": functions.cyp2d6(alleles)}
    mitochondrial = _read(source / "phenotypes" / "MT_RNR1.json")
    tables["MT-RNR1"] = {"gene": "MT-RNR1", "edition": edition, "functions": mitochondrial["haplotypes"]}
    return tables


def written(table: Table) -> str:
    """Return a table as the text of its file: one line for each position, allele and function."""
    lines = [f" {json.dumps(name)}: {_value(value)}" for name, value in table.items()]
    return "{\n" + ",\n".join(lines) + "\n}\n"


def _value(value: object) -> str:
    if isinstance(value, dict) and value:
        rows = [f"  {json.dumps(name)}: {json.dumps(one, ensure_ascii=False)}" for name, one in value.items()]
        return "{\n" + ",\n".join(rows) + "\n }"
    if isinstance(value, list) and value and isinstance(value[0], list | dict):
        return "[\n" + ",\n".join(f"  {json.dumps(one)}" for one in value) + "\n ]"
    return json.dumps(value, ensure_ascii=False)


def _gene(source: Path, gene: str, exempt: Mapping[str, Any], assigned: Mapping[str, str] | None) -> Table:
    definition = _read(source / "definitions" / f"{gene}_translation.json")
    if not definition["genomeBuild"].startswith("GRCh38"):
        message = f"{gene}: the definitions are of {definition['genomeBuild']}, not of GRCh38"
        raise ValueError(message)
    variants, named = definition["variants"], definition["namedAlleles"]
    reference = next(allele for allele in named if allele["reference"])
    key_alleles, key_source = OURS.get(gene) or (tuple(exempt.get("amp1Alleles", ())), AMP)
    table: Table = {
        "gene": gene,
        "edition": definition["version"],
        "modified": definition["modificationDate"][:10],
        "chromosome": definition["chromosome"],
        "reference": reference["name"],
        "default": DEFAULT_ALLELE.get(gene, reference["name"]),
        "key_alleles": list(key_alleles),
        "key_source": key_source if key_alleles else None,
        "positions": [_position(variant) for variant in variants],
        "also_shown": [_position(variant) for variant in exempt.get("extraPositions", ())],
        "alleles": {
            allele["name"]: _differences(allele["alleles"], reference["alleles"], variants) for allele in named
        },
    }
    return table | (_assigned(assigned) if assigned else _phenotypes(source, gene))


def _position(variant: Mapping[str, Any]) -> list[Any]:
    """Position, rsID, REF, ALTs, and for each ALT by how many bases it may be placed to the right."""
    reference_name = next((name for name, vcf in variant["cpicToVcfAlleleMap"].items() if vcf == variant["ref"]), "")
    shifts = [
        most_to_the_right(variant["position"], variant["chromosomeHgvsName"], reference_name, length) if length else 0
        for length in (len(alt) - len(variant["ref"]) for alt in variant["alts"])
    ]
    row = [variant["position"], variant["rsid"], variant["ref"], variant["alts"]]
    return [*row, shifts] if any(shifts) else row


def _differences(bases: list[str | None], reference: list[str], variants: list[Mapping[str, Any]]) -> dict[str, str]:
    """What an allele carries that the reference does not, by position; several possibilities joined by `|`."""
    return {
        str(variant["position"]): "|".join(_AMBIGUOUS.get(base, base) if len(base) == 1 else (base,))
        for variant, base, usual in zip(variants, bases, reference, strict=True)
        if base is not None and base != usual
    }


def _phenotypes(source: Path, gene: str) -> Table:
    """Functions or activity values of the alleles, and the phenotype of each pair of functions."""
    path = source / "phenotypes" / f"{gene}.json"
    if not path.exists():
        return {"functions": {}, "phenotypes": []}
    known = _read(path)
    functions_of = {allele["name"]: allele["functionValue"] for allele in known["namedAlleles"]}
    activity = {
        allele["name"]: allele["activityValue"]
        for allele in known["namedAlleles"]
        if allele["activityValue"] is not None
    }
    pairs: dict[tuple[str, str], str] = {}
    for row in known["diplotypes"]:
        first, second = sorted(
            (activity or functions_of)[name] for name, copies in row["diplotypekey"].items() for _ in range(copies)
        )
        if pairs.setdefault((first, second), row["phenotype"]) != row["phenotype"]:
            message = f"{gene}: {first} with {second} has two phenotypes"
            raise ValueError(message)
    table: Table = {"functions": functions_of, "phenotypes": [[*pair, phenotype] for pair, phenotype in pairs.items()]}
    return table | {"activity": activity} if activity else table


def _assigned(assigned: Mapping[str, str]) -> Table:
    return {"functions": dict(assigned), "phenotypes": []}


def _read(path: Path) -> Any:  # noqa: ANN401 - JSON of a foreign layout
    return json.loads(path.read_text(encoding="utf-8"))
