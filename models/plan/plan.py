"""One plan per patient: what is known at a moment, and what the rules propose. Pure: same inputs, same bytes.

It proposes and never orders. What is not known is named as a gap and never filled in.
"""

from functools import cache
from hashlib import sha256
from typing import Final

import orjson

from models.plan.checks import checked, not_checked
from models.plan.genome import drugs_known, genes_known, not_covered, variants_known
from models.plan.images import images_of, pathology_of
from models.plan.known import labs_of, moment_of, stay_of, vitals_of
from models.plan.proposals import not_followed, proposals_of
from models.plan.risks import alarms_of, forecasts_of, news2_of, news2_points
from models.plan.seen import NOTHING_SEEN, Seen
from models.rulebook.rows import hash_of, rows
from models.scores import news2
from models.treatment.facts import Facts, Measured
from models.watch.outputs import SOFTWARE
from models.watch.state import PatientState
from models.watch.suggest import facts
from schemas.plan import Plan
from schemas.wire import Provenance

FORMAT: Final = "plan/1"


def plan_of(patient: str, state: PatientState, now_s: float, seen: Seen = NOTHING_SEEN) -> Plan:
    """Return the plan of a patient whose state is known, at a moment in seconds since 1970.

    `seen` adds what a state does not keep: the latest forecast, reports on images, nodules that were measured.
    """
    known = facts_at(state, now_s)
    vitals, vitals_missing = vitals_of(state, now_s)
    labs, labs_missing = labs_of(state, now_s)
    score = news2_of(state, now_s)
    plan = Plan(
        patient=patient,
        time=moment_of(now_s),
        stay=stay_of(state),
        vitals=vitals,
        vitals_missing=vitals_missing,
        labs=labs,
        labs_missing=labs_missing,
        risks=(*([] if score is None else [score]), *forecasts_of(seen.forecast, now_s)),
        alarms=alarms_of(patient, state, now_s),
        images=images_of(state, seen, now_s),
        pathology=pathology_of(state, now_s),
        genes=genes_known(known, now_s),
        variants=variants_known(known),
        genes_not_covered=not_covered(known),
        drugs=drugs_known(known, now_s),
        proposals=proposals_of(patient, state, known, seen, now_s),
        checked=tuple(checked(known, state)),
        not_checked=(*not_checked(known, state, seen), *not_followed(seen, known)),
        rules=rules_hash(),
        content_hash=sha256(b"").hexdigest(),
        provenance=Provenance(software=SOFTWARE, rule=FORMAT, data=rules_hash()[:16]),
    )
    return plan.model_copy(update={"content_hash": content_hash(plan)})


def facts_at(state: PatientState, now_s: float) -> Facts:
    """Return what the rules may look at, with the NEWS2 total of that moment."""
    total = (
        None if (points := news2_points(state, now_s)) is None else Measured(float(news2.total(points).total[0]), now_s)
    )
    return facts(state, state.value, state.value_ms, total)


def as_bytes(plan: Plan) -> bytes:
    """Return a plan as JSON, which depends on the plan alone."""
    return orjson.dumps(plan.model_dump(mode="json"))


def content_hash(plan: Plan) -> str:
    """Return the SHA-256 of all that a plan says but this hash itself."""
    return sha256(orjson.dumps(plan.model_dump(mode="json", exclude={"content_hash"}))).hexdigest()


@cache
def rules_hash() -> str:
    """Return the fingerprint of the rules, as `wardwatch rules list` prints it."""
    return hash_of(rows())
