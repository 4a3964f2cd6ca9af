"""From the rows of a genome and the calls from outside to what is said of every gene."""

from collections.abc import Iterable, Mapping

from models.genotype.assembly import wrong_by_rows
from models.genotype.combined import combinations
from models.genotype.definitions import FROM_A_VCF, gene
from models.genotype.from_calls import from_calls
from models.genotype.observed import Observed, Places, nowhere, observe
from models.genotype.regions import Regions
from models.genotype.result import GeneResult, Genotype
from models.genotype.rows import Row


class WrongAssembly(Exception):  # noqa: N818 - an expected result
    """The rows are not of GRCh38."""


def genotype(
    rows: Iterable[Row],
    outside: Mapping[str, GeneResult] | None = None,
    warnings: Iterable[str] = (),
    covered: Regions | None = None,
) -> Genotype:
    """Return the genotype of a genome; a call from outside stands before what the rows say. Raises WrongAssembly.

    In the regions of `covered` a position without a row is the reference, since the caller vouches for it.
    """
    observed = observe(rows, Places(), nowhere if covered is None else covered.cover)
    wrong = wrong_by_rows(observed)
    if wrong:
        raise WrongAssembly(wrong)
    return _put_together(observed, outside or {}, list(warnings))


def _put_together(observed: Observed, outside: Mapping[str, GeneResult], warnings: list[str]) -> Genotype:
    called = {name: result for name in FROM_A_VCF if (result := from_calls(gene(name), observed)) is not None}
    for name in sorted(called.keys() & outside.keys()):
        own = [one.diplotype for one in called[name].readings]
        if outside[name].readings[0].diplotype not in own:
            said = " or ".join(own) or "nothing certain"
            warnings.append(f"{name}: the call from outside stands; the VCF says {said}")
    genes = called | dict(outside)
    return Genotype(
        genes=genes,
        not_covered=tuple(name for name in (*FROM_A_VCF, "CYP2D6", "HLA-A", "HLA-B", "MT-RNR1") if name not in genes),
        combinations=combinations(genes),
        warnings=tuple(warnings),
    )
