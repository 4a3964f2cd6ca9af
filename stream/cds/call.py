"""One call of a service, read from its body: context, draft orders, and the resources that came along. Pure.

What is not needed is not asked for: record systems differ in what they leave out.
"""

from collections.abc import Iterator
from typing import Any, Final, NamedTuple, TypeGuard

from stream.cds.discovery import PREFETCH, Service

Element = dict[str, Any]

MOST_RESOURCES: Final = 2000
"""Resources of one call; our choice, twenty times what the templates ask for."""
MOST_DRAFTS: Final = 100
"""Draft orders of one call; our choice."""
_LONGEST: Final = 256  # characters of an identifier; our choice


class CallError(Exception):
    """A call that can't be answered: the status, and a sentence that holds nothing of it."""

    def __init__(self, status: int, sentence: str) -> None:
        super().__init__(sentence)
        self.status = status


class Call(NamedTuple):
    """What a call says.

    instance    of this very call; the same call has the same cards
    patient_id  the logical id of the patient on the record system's FHIR server
    server      the address of that server; empty where it is not said
    drafts      the draft orders, each with its place
    selected    the drafts that were just selected, as their references or ids; empty: all are meant
    resources   what came along, each with its place
    """

    service: Service
    instance: str
    patient_id: str
    server: str
    drafts: tuple[tuple[str, Element], ...]
    selected: frozenset[str]
    resources: tuple[tuple[str, Element], ...]


def call_of(body: object, service: Service) -> Call:
    """Read the body of a call; raises CallError."""
    if not isinstance(body, dict):
        raise CallError(400, "the body is no JSON object")
    if body.get("hook") != service.hook:
        raise CallError(400, f"hook: this service is of {service.hook}")
    context = body.get("context")
    if not isinstance(context, dict):
        raise CallError(400, "context: it is missing, or no object")
    server = body.get("fhirServer")
    prefetch = body.get("prefetch") or {}
    if not isinstance(prefetch, dict):
        raise CallError(400, "prefetch: it is no object")
    resources = tuple(_brought(prefetch))
    drafts: tuple[tuple[str, Element], ...] = ()
    if service.is_of_orders:
        drafts = tuple(_drafts(context.get("draftOrders")))
    if len(resources) > MOST_RESOURCES or len(drafts) > MOST_DRAFTS:
        raise CallError(400, f"a call has at most {MOST_RESOURCES} resources and {MOST_DRAFTS} draft orders")
    return Call(
        service,
        _text(body, "hookInstance", "hookInstance"),
        _text(context, "patientId", "context.patientId"),
        server.rstrip("/") if isinstance(server, str) and len(server) <= _LONGEST else "",
        drafts,
        _selected(context.get("selections")) if service.hook == "order-select" else frozenset(),
        resources,
    )


def _text(element: Element, name: str, where: str) -> str:
    found = element.get(name)
    if not isinstance(found, str) or not 0 < len(found.strip()) <= _LONGEST:
        raise CallError(400, f"{where}: it is missing, or no text of up to {_LONGEST} characters")
    return found.strip()


def _selected(stated: object) -> frozenset[str]:
    return frozenset(one for one in stated if isinstance(one, str)) if isinstance(stated, list) else frozenset()


def _drafts(bundle: object) -> Iterator[tuple[str, Element]]:
    if not isinstance(bundle, dict) or not isinstance(bundle.get("entry", []), list):
        raise CallError(400, "context.draftOrders: it is missing, or no Bundle")
    yield from _entries(bundle, "context.draftOrders")


def _brought(prefetch: Element) -> Iterator[tuple[str, Element]]:
    """The resources of all templates; one that has none is null, and what is no resource is passed over."""
    for key, found in prefetch.items():
        where = f"prefetch.{key}" if key in PREFETCH else "prefetch"
        if isinstance(found, dict) and found.get("resourceType") == "Bundle":
            yield from _entries(found, where)
        elif _is_resource(found):
            yield where, found


def _entries(bundle: Element, where: str) -> Iterator[tuple[str, Element]]:
    entries = bundle.get("entry")
    for number, entry in enumerate(entries if isinstance(entries, list) else []):
        resource = entry.get("resource") if isinstance(entry, dict) else None
        if _is_resource(resource):
            yield f"{where}.entry[{number}]", resource


def _is_resource(found: object) -> TypeGuard[Element]:
    return isinstance(found, dict) and isinstance(found.get("resourceType"), str)
