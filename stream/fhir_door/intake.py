"""What becomes of the resources of a request: fetched where they are only named, read, delivered, doubles known."""

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from typing import Any, Final, NamedTuple, ParamSpec, TypeVar

from stream.feeds.events import FeedEvent
from stream.fhir_door import outcome as answers
from stream.fhir_door.bundles import Entry, Request, in_order, outcome_of, request_of
from stream.fhir_door.drugs import unnamed
from stream.fhir_door.elements import Element
from stream.fhir_door.fetch import AwayError, Fetcher
from stream.fhir_door.identities import unresolved
from stream.fhir_door.reading import Reading, remember, unversioned
from stream.fhir_door.tally import Tally
from stream.fhir_door.translate import SUBJECTS, Outcome, digest_of, refused
from stream.gateway.doubles import Doubles
from stream.gateway.intake import log_fault
from stream.gateway.outlet import BrokerAwayError, Outlet
from stream.gateway.trouble import LeftOut, Trouble

P = ParamSpec("P")
R = TypeVar("R")

_INLINE_ENTRIES: Final = 8  # up to so many are read in less time than handing them to a thread takes
_OK: Final = 200
_NEVER: Final = 422
_LATER: Final = 503
_AHEAD: Final = 8  # resources that are fetched at once; our choice
_NO_SERVER: Final = "only the id is sent, and the gateway was told no server to fetch it from"


class Answer(NamedTuple):
    """What is answered to a request."""

    status: int
    body: dict[str, Any]


class _Fate(NamedTuple):
    """What becomes of one entry."""

    outcome: Outcome
    known_as: str = ""
    digest: str = ""
    is_double: bool = False


@dataclass(frozen=True)
class _Whole:
    """A request with all that was fetched for it, and the fates of its entries in their order."""

    request: Request
    reading: Reading
    fates: Sequence[_Fate]

    @property
    def is_refused(self) -> bool:
        """Whether nothing of it is taken: a transaction with one fault, or else where every entry is at fault."""
        every = [one.outcome.is_refused for one in self.fates]
        return any(every) if self.request.kind == "transaction" else bool(every) and all(every)

    @property
    def events(self) -> list[FeedEvent]:
        """What goes to the broker."""
        return [event for at in in_order(self.request.entries) for event in self.fates[at].outcome.events]


class Intake:
    """Takes resources in. Large requests are read one after the other in a thread: two would hold the others up twice.

    `reading` is how every resource is read, but for what lies beside it.
    """

    def __init__(self, reading: Reading, outlet: Outlet, tally: Tally, fetcher: Fetcher | None = None) -> None:
        self._reading = reading
        self._outlet = outlet
        self._tally = tally
        self._fetcher = fetcher
        self._doubles = Doubles()
        self._apart = ThreadPoolExecutor(1, "large-requests")

    def close(self) -> None:
        """End the thread."""
        self._apart.shutdown(wait=False)

    async def answer(self, body: Element, sender: str) -> Answer:
        """What to answer to a body, once its fate is known."""
        try:
            whole = await self._read(request_of(body), sender)
        except LeftOut as left_out:
            return Answer(_NEVER, answers.outcome([left_out.trouble], is_refused=True))
        except AwayError:
            said = "the FHIR server that resources are fetched from does not answer; send it again"
            return Answer(_LATER, answers.of_issues([answers.AWAY | {"diagnostics": said}]))
        if not await self._deliver(whole, sender):
            return Answer(_LATER, answers.of_issues([answers.AWAY]))
        return _answer(whole)

    async def _read(self, request: Request, sender: str) -> _Whole:
        entries, known = list(request.entries), dict(request.known)
        await self._fetch_named(entries, known)
        await self._fetch_pointed_at(entries, known)
        reading = replace(self._reading, known=known, arrived=datetime.now(UTC))
        request = request._replace(entries=tuple(entries))
        return await self._called(len(entries), self._fates, request, reading, sender)

    async def _fetch_named(self, entries: list[Entry], known: dict[str, Element]) -> None:
        """Fetch what a notification only names."""
        named = [at for at, one in enumerate(entries) if one.reference]
        for begin in range(0, len(named), _AHEAD):
            batch = named[begin : begin + _AHEAD]
            found = await asyncio.gather(*(self._fetched(entries[at].reference, entries[at].where) for at in batch))
            for at, one in zip(batch, found, strict=True):
                if isinstance(one, Trouble):
                    entries[at] = entries[at]._replace(trouble=one)
                else:
                    known[unversioned(entries[at].reference)] = one
                    entries[at] = entries[at]._replace(resource=one)

    async def _fetch_pointed_at(self, entries: Sequence[Entry], known: dict[str, Element]) -> None:
        """Fetch the patients and the drugs that are only pointed at; what is not there is told where it is missed."""
        if self._fetcher is None:
            return
        reading = replace(self._reading, known=known)
        wanted = {}
        for one in entries:
            name = SUBJECTS.get(str(one.resource.get("resourceType")), "subject")
            for reference in (unresolved(one.resource, name, reading), unnamed(one.resource, reading)):
                if reference and self._fetcher.address_of(reference) is not None:
                    wanted[unversioned(reference)] = f"{one.where}.{name}"
        for reference, where in wanted.items():
            found = await self._fetched(reference, where)
            if not isinstance(found, Trouble):
                known[reference] = found

    async def _fetched(self, reference: str, where: str) -> Element | Trouble:
        if self._fetcher is None:
            return Trouble(where, "200", _NO_SERVER)
        try:
            return await self._fetcher.resource(reference, where)
        except LeftOut as left_out:
            return left_out.trouble

    def _fates(self, request: Request, reading: Reading, sender: str) -> _Whole:
        fates = [_Fate(Outcome())] * len(request.entries)
        for at in in_order(request.entries):
            fates[at] = self._fate(request.entries[at], request, reading, sender)
        return _Whole(request, reading, fates)

    def _fate(self, entry: Entry, request: Request, reading: Reading, sender: str) -> _Fate:
        if entry.trouble is not None:
            return _Fate(refused(entry.trouble))
        resource = entry.resource
        kind, version = resource.get("resourceType"), _version(resource)
        try:
            digest = digest_of(resource, reading)
        except LeftOut as left_out:
            return _Fate(refused(left_out.trouble))
        known_as = f"{kind}/{resource.get('id') or digest}|{version}"
        before = self._doubles.before(sender, known_as)
        where = entry.where or str(kind)
        if before is not None and before.digest == digest:
            same = Trouble(where, "0", "the same came before: its records are not sent again", "remark")
            return _Fate(Outcome(troubles=(*before.troubles, same)), known_as, digest, is_double=True)
        try:
            found = outcome_of(entry, request.kind, reading)
        except Exception as error:  # noqa: BLE001 - a fault of ours costs this resource and no other
            log_fault(error)
            found = refused(Trouble(where, "207", "the gateway failed on this resource"))
        if before is not None and version:
            other = Trouble(where, "205", "something else came under this id and version: both are taken", "remark")
            found = replace(found, troubles=(*found.troubles, other))
        return _Fate(found, known_as, digest)

    async def _deliver(self, whole: _Whole, sender: str) -> bool:
        """Whether the broker has confirmed all that is taken."""
        is_taken = not whole.is_refused
        if is_taken and whole.events:
            try:
                await self._outlet.deliver(whole.events)
            except BrokerAwayError:
                return False
        for entry, fate in zip(whole.request.entries, whole.fates, strict=True):
            kind = str(entry.resource.get("resourceType"))
            if fate.is_double:
                self._tally.double(kind)
                continue
            is_refused = not is_taken or fate.outcome.is_refused
            self._tally.became(kind, fate.outcome, is_refused=is_refused)
            if not is_refused:
                remember(list(fate.outcome.notes), whole.reading)
                self._doubles.accepted(sender, fate.known_as, fate.digest, fate.outcome.troubles)
        return True

    async def _called(self, entries: int, function: Callable[P, R], *arguments: P.args, **named: P.kwargs) -> R:
        """Call a function; where there are many entries in a thread, so that other senders go on meanwhile."""
        if entries <= _INLINE_ENTRIES:
            return function(*arguments, **named)
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._apart, partial(function, *arguments, **named))


def _version(resource: Element) -> str:
    meta = resource.get("meta")
    version = meta.get("versionId") if isinstance(meta, dict) else None
    return version if isinstance(version, str) else ""


def _answer(whole: _Whole) -> Answer:
    """Of a single resource and of a notification one outcome, of a Bundle one for each of its entries."""
    kind, is_refused = whole.request.kind, whole.is_refused
    if kind in {"single", "notification"} or (kind == "transaction" and is_refused):
        issues = [
            answers.issue(one, is_refused=fate.outcome.is_refused)
            for fate in whole.fates
            for one in fate.outcome.troubles
        ]
        return Answer(_NEVER if is_refused else _OK, answers.of_issues(issues))
    entries = [
        {
            "response": {
                "status": str(_NEVER if fate.outcome.is_refused else _OK),
                "outcome": answers.outcome(fate.outcome.troubles, is_refused=fate.outcome.is_refused),
            }
        }
        for fate in whole.fates
    ]
    return Answer(_OK, {"resourceType": "Bundle", "type": f"{kind}-response", "entry": entries})
