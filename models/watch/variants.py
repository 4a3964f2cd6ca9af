"""What findings of disease-related variants change in a patient's state: the newest by its own time counts. Pure.

Every finding is kept as it was classified, also where nothing follows from it; one that was taken back is remembered as
such, so that an older record that arrives late can't bring it back.
"""

from dataclasses import replace

from models.treatment.facts import TAKEN_BACK, Variant
from models.treatment.variant_terms import NOT_UNDERSTOOD, read_significance, read_symbol
from models.watch.bounds import MOST_VARIANTS, variants_within
from models.watch.state import PatientState
from schemas.variants import VariantFinding


def finding(state: PatientState, event: VariantFinding) -> tuple[PatientState, tuple[str, ...]]:
    """The state after a finding, and the flags that it earns."""
    time_s, gene, hgvs = event.time.timestamp(), read_symbol(event.gene), " ".join(event.hgvs.split())
    name = event.finding or f"{gene} {hgvs}"
    held = state.variants.get(name)
    if held is not None and time_s < held.time_s:
        return state, ("genomics-older",)
    read = read_significance(event.significance)
    taken_back = event.status == "entered-in-error"
    variants = {
        **state.variants,
        name: Variant(
            name,
            gene,
            hgvs,
            TAKEN_BACK if taken_back else read or NOT_UNDERSTOOD,
            time_s,
            event.zygosity,
            event.origin,
            event.source,
            event.condition,
            event.clinvar,
        ),
    }
    unclear = ("significance-not-understood",) if read is None and not taken_back else ()
    dropped = ("variants-dropped",) if len(variants) > MOST_VARIANTS else ()
    return replace(state, variants=variants_within(variants)), (*unclear, *dropped)
