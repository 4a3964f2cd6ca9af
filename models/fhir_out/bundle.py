"""A plan, and a step of a proposal, as a Bundle of FHIR 4.0.1. Pure: same plan, same bytes."""

from typing import Final

import orjson

from models.fhir_out.elements import NOT_FOR_USE, Json, author, cleaned, notes, own_id, subject, to, uuid_identifier
from models.fhir_out.flags import flag_of_alarm
from models.fhir_out.resources import resources_of
from models.fhir_out.said import of_plan, of_suggestion
from models.lesion_report.fhir_elements import filled, narrative
from schemas.plan import Plan
from schemas.suggestions import Suggestion

_REQUESTS: Final = ("ServiceRequest", "MedicationRequest")


def plan_bundle(plan: Plan) -> bytes:
    """Return the plan as a collection: the CarePlan first, then its alarms, then what each proposal gives."""
    flags = [flag_of_alarm(plan, one) for one in plan.alarms]
    proposed = [resources_of(of_plan(plan, one)) for one in plan.proposals]
    made = [care_plan(plan, flags, proposed), *flags, *(one for some in proposed for one in some)]
    return _bundle(own_id(plan.patient, "Bundle", plan.content_hash), plan.time.isoformat(), made)


def suggestion_bundle(suggestion: Suggestion) -> bytes:
    """Return a step of a proposal as a collection; its resources are versions of those of the steps before."""
    made = resources_of(of_suggestion(suggestion))
    return _bundle(own_id(suggestion.patient, "Bundle", str(suggestion.id)), suggestion.time.isoformat(), made)


def care_plan(plan: Plan, flags: list[Json], proposed: list[list[Json]]) -> Json:
    """Return the CarePlan: one activity for each request that is drafted, and for each proposal that drafts none."""
    activities: list[Json] = []
    for one, made in zip(plan.proposals, proposed, strict=True):
        drafts = [resource for resource in made if resource["resourceType"] in _REQUESTS]
        activities += [{"reference": to(draft["resourceType"], draft["id"])} for draft in drafts]
        if not drafts:
            activities.append({"detail": {"status": "not-started", "description": one.text}})
    lines = [f"{one.urgency.capitalize()}: {one.text}" for one in plan.proposals] or ["No rule proposes anything."]
    found = [resource for some in proposed for resource in some if resource["resourceType"] not in _REQUESTS]
    return filled(
        resourceType="CarePlan",
        id=own_id(plan.patient, "CarePlan", plan.content_hash),
        text=narrative([*lines, NOT_FOR_USE]),
        identifier=[uuid_identifier(own_id(plan.patient, "CarePlan", plan.content_hash))],
        status="draft",
        intent="proposal",
        title=f"Proposals, by {len(plan.proposals)} rules",
        subject=subject(plan.patient),
        created=plan.time.isoformat(),
        author=author(plan.provenance.software),
        supportingInfo=[to(one["resourceType"], one["id"]) for one in (*flags, *found)],
        activity=activities,
        note=notes(*(f"Not checked: {one.about}: {one.why}" for one in plan.not_checked), NOT_FOR_USE),
    )


def _bundle(bundle_id: str, moment: str, resources: list[Json]) -> bytes:
    entries = [{"fullUrl": f"urn:uuid:{one['id']}", "resource": cleaned(one)} for one in resources]
    bundle = {"resourceType": "Bundle", "id": bundle_id, "type": "collection", "timestamp": moment, "entry": entries}
    return orjson.dumps(bundle)
