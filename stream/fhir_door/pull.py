"""Asks a FHIR server for what has changed since the last confirmed mark, and so catches up after a stop."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from structlog import get_logger
from tenacity import AsyncRetrying, retry_if_result, wait_random_exponential

from stream.fhir_door.elements import Element, part, parts, said
from stream.fhir_door.fetch import AwayError, Fetcher
from stream.fhir_door.intake import Answer, Intake
from stream.fhir_door.marks import Marks
from stream.fhir_door.translate import READERS
from stream.gateway.trouble import LeftOut

log = get_logger()

_OVERLAP: Final = timedelta(seconds=60)
"""So far a pass goes back behind the mark: what a server stamps early it may show late. Our choice; what comes twice is
known by its id and version."""
_COUNT: Final = 200  # resources of a page; our choice
_MOST_PAGES: Final = 100_000  # of one pass: a server whose pages lead in a circle is left; our choice
_OK: Final = 200
_LATER: Final = 503


class Pull:
    """Reads what has changed; `run` never returns. `ask_now` ends the wait before the next pass."""

    def __init__(self, base: str, fetcher: Fetcher, intake: Intake, marks: Marks, every_s: float) -> None:
        self._base = base
        self._fetcher = fetcher
        self._intake = intake
        self._marks = marks
        self._every_s = every_s
        self._asked = asyncio.Event()
        self._is_away = False

    def ask_now(self) -> None:
        """Begin the next pass at once, as a notification without content asks for."""
        self._asked.set()

    async def run(self) -> None:
        """Pass after pass, until cancelled. A type that can't be read now is read from its mark the next time."""
        while True:
            self._asked.clear()
            is_away = False
            for kind in READERS:
                is_away |= not await self.passed(kind)
            if is_away and not self._is_away:
                log.warning("server-away", base=self._base)
            elif self._is_away and not is_away:
                log.info("server-back", base=self._base)
            self._is_away = is_away
            try:
                async with asyncio.timeout(self._every_s):
                    await self._asked.wait()
            except TimeoutError:
                continue

    async def passed(self, kind: str) -> bool:
        """Read a type from its mark to its end, and set the mark; whether that could be done."""
        newest = self._marks.of(kind)
        try:
            async for page in self._pages(kind):
                newest = max(newest, await self._taken(page))
        except (AwayError, LeftOut):
            return False
        self._marks.write({kind: newest})
        return True

    async def _pages(self, kind: str) -> AsyncIterator[Element]:
        """The pages of a search; raises AwayError, and LeftOut where the server has no such search."""
        since = f"{(self._marks.of(kind) - _OVERLAP).astimezone(UTC):%Y-%m-%dT%H:%M:%S}Z"
        query = f"_lastUpdated=ge{since}&_sort=_lastUpdated&_count={_COUNT}"
        address: str | None = f"{self._base}/{kind}?{query}"
        for _ in range(_MOST_PAGES):
            if address is None:
                return
            page = await self._fetcher.page(address, kind)
            if page.get("resourceType") != "Bundle":
                raise AwayError
            yield page
            following = [said(one, "url", at) for at, one in parts(page, "link", kind) if one.get("relation") == "next"]
            address = self._fetcher.address_of(following[0]) if following else None
            if following and address is None:
                log.error("next-page-elsewhere", type=kind)
                raise AwayError
        raise AwayError

    async def _taken(self, page: Element) -> datetime:
        """Take the resources of a page, however long the broker is away; the newest change among them."""
        newest = datetime.min.replace(tzinfo=UTC)
        entries: list[dict[str, Any]] = []
        for at, one in parts(page, "entry", "Bundle"):
            resource = part(one, "resource", at)
            if not resource or part(one, "search", at).get("mode") == "outcome":
                continue
            entries.append({"resource": resource, "fullUrl": said(one, "fullUrl", at)})
            newest = max(newest, _changed(resource))
        bundle = {"resourceType": "Bundle", "type": "batch", "entry": entries}
        if entries:
            retrying = AsyncRetrying(
                retry=retry_if_result(lambda answer: answer.status == _LATER),
                wait=wait_random_exponential(multiplier=0.5, max=10),
            )
            answer: Answer = await retrying(self._intake.answer, bundle, self._base)
            if answer.status != _OK:
                log.error("page-refused", type=said(entries[0]["resource"], "resourceType", "Bundle"))
        return newest


def _changed(resource: Element) -> datetime:
    """When a resource was last changed, by the server's clock."""
    meta = resource.get("meta")
    stated = meta.get("lastUpdated") if isinstance(meta, dict) else None
    try:
        found = datetime.fromisoformat(stated) if isinstance(stated, str) else None
    except ValueError:
        found = None
    return found if found is not None and found.tzinfo is not None else datetime.min.replace(tzinfo=UTC)
