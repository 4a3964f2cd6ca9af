"""The resources of a request: one, those of a Bundle, or what a subscription's notification names. Pure.

A batch's entries count each for itself, a transaction's all together or not at all (FHIR R4, 3.1.0.11).
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Final, Literal, NamedTuple

from stream.fhir_door.elements import NOTHING, Element, part, parts, said
from stream.fhir_door.reading import Reading, local
from stream.fhir_door.translate import READERS, Outcome, records, refused
from stream.gateway.trouble import LeftOut, Trouble

Kind = Literal["single", "batch", "transaction", "notification"]
MOST: Final = 20_000
"""Entries of a Bundle; our choice."""
_KINDS: Final[Mapping[str, Kind]] = {"batch": "batch", "collection": "batch", "transaction": "transaction"}
"""A collection says nothing of its entries but that they lie together: each counts for itself."""
_WRITING: Final = frozenset({"", "POST", "PUT"})
_QUIET: Final = frozenset({"handshake", "heartbeat"})


class Entry(NamedTuple):
    """One resource of a request, at its place; or the reference by which it is to be fetched; or why it is neither."""

    where: str
    resource: Element = NOTHING
    reference: str = ""
    trouble: Trouble | None = None


class Request(NamedTuple):
    """What a request brings: its entries in their order, and what they may point at."""

    kind: Kind
    entries: tuple[Entry, ...] = ()
    known: Mapping[str, Element] = {}


def request_of(body: Element) -> Request:
    """What a body brings; raises LeftOut where nothing of it can be taken."""
    if body.get("resourceType") != "Bundle":
        return Request("single", (Entry("", body),))
    kind = said(body, "type", "Bundle")
    every = list(parts(body, "entry", "Bundle"))
    if len(every) > MOST:
        raise LeftOut(Trouble("Bundle.entry", "102", f"the Bundle has more than {MOST} entries"))
    first = part(every[0][1], "resource", every[0][0]) if every else NOTHING
    if kind == "history" and first.get("resourceType") in {"Parameters", "SubscriptionStatus"}:
        return _notification(every, first)
    if kind not in _KINDS:
        sentence = f"of Bundles only {', '.join(_KINDS)} and the notifications of subscriptions are taken"
        raise LeftOut(Trouble("Bundle.type", "201", sentence))
    known: dict[str, Element] = {}
    for at, one in every:
        resource = part(one, "resource", at)
        if resource:
            known |= dict.fromkeys(_names(one, resource, at), resource)
    return Request(_KINDS[kind], tuple(_entry(at, one) for at, one in every), known)


def outcome_of(entry: Entry, kind: Kind, reading: Reading) -> Outcome:
    """What becomes of an entry that holds a resource.

    In a transaction a resource of a type that is not read is no fault, else none of a whole record could be taken.
    """
    if entry.trouble is not None:
        return refused(entry.trouble)
    found = records(entry.resource, reading, entry.where)
    if kind == "transaction" and entry.resource.get("resourceType") not in READERS:
        return replace(found, troubles=tuple(replace(one, weight="left out") for one in found.troubles))
    return found


def in_order(entries: tuple[Entry, ...]) -> list[int]:
    """The numbers of the entries in the order in which they count."""
    ranks = {name: rank for rank, name in enumerate(READERS)}
    return sorted(range(len(entries)), key=lambda at: ranks.get(str(entries[at].resource.get("resourceType")), -1))


def _names(entry: Element, resource: Element, at: str) -> Iterator[str]:
    """By which references an entry's resource goes: its address, and its type and id."""
    address, logical = said(entry, "fullUrl", at), said(resource, "id", at)
    if address:
        yield address
    if address.startswith("http"):
        yield local(address)
    if logical:
        yield f"{said(resource, 'resourceType', at)}/{logical}"


def _entry(at: str, entry: Element) -> Entry:
    asked = part(entry, "request", at)
    method = said(asked, "method", f"{at}.request").upper()
    if method not in _WRITING:
        return Entry(at, trouble=Trouble(f"{at}.request.method", "201", "of requests only POST and PUT are taken"))
    resource = part(entry, "resource", at)
    if not resource:
        return Entry(at, trouble=Trouble(f"{at}.resource", "101", "the entry has no resource"))
    return Entry(f"{at}.resource", resource)


def _notification(every: list[tuple[str, Element]], status: Element) -> Request:
    """What the notification of a subscription brings (HL7 guide Subscriptions R5 Backport): resources, or their ids.

    Of what it names the resources that lie beside are taken, and the others are to be fetched.
    """
    if _of_type(status) in _QUIET:
        return Request("notification")
    entries: list[Entry] = []
    known: dict[str, Element] = {}
    for at, one in every[1:]:
        resource = part(one, "resource", at)
        asked = part(one, "request", at)
        address = said(one, "fullUrl", at)
        if resource:
            known |= dict.fromkeys(_names(one, resource, at), resource)
            entries.append(Entry(f"{at}.resource", resource))
        elif said(asked, "method", at).upper() == "DELETE":
            trouble = Trouble(f"{at}.request.method", "201", "what was deleted is not taken back here", "left out")
            entries.append(Entry(at, trouble=trouble))
        elif address:
            entries.append(Entry(at, reference=address))
    named = {local(one.reference) for one in entries if one.reference} | set(known)
    for at, focus in _focuses(status):
        if local(focus) not in named and focus not in named:
            named.add(local(focus))
            entries.append(Entry(at, reference=focus))
    return Request("notification", tuple(entries), known)


def _of_type(status: Element) -> str:
    """What kind of notification it is: of R4B in an element, of R4 in a parameter."""
    of_r4b = said(status, "type", "Bundle.entry[0].resource")
    for at, one in parts(status, "parameter", "Bundle.entry[0].resource"):
        if said(one, "name", at) == "type":
            return said(one, "valueCode", at)
    return of_r4b


def _focuses(status: Element) -> Iterator[tuple[str, str]]:
    where = "Bundle.entry[0].resource"
    for at, one in parts(status, "notificationEvent", where):
        yield f"{at}.focus", said(part(one, "focus", at), "reference", at)
    for at, one in parts(status, "parameter", where):
        if said(one, "name", at) != "notification-event":
            continue
        for inside, two in parts(one, "part", at):
            if said(two, "name", inside) == "focus":
                yield inside, said(part(two, "valueReference", inside), "reference", inside)
