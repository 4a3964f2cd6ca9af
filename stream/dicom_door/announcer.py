"""Tells the broker of each quiet study, and takes note of it when that is confirmed.

What ends between the two is announced again, with the same id and the same time. Studies that nobody was told of are
found again at the start.
"""

import asyncio
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from socket import gethostname
from typing import Final

from structlog import get_logger

from stream.dicom_door.names import Study
from stream.dicom_door.news import told_of_space
from stream.dicom_door.store import Mark, Store
from stream.dicom_door.studies import Quiet, events
from stream.dicom_door.tally import Tally
from stream.feeds.publish import Publisher

log = get_logger()

_LOOK_S: Final = 0.2
_REMOVE_S: Final = 3600.0


class Announcer:
    """Announces studies; `run` does the work and never returns. Belongs to one event loop."""

    def __init__(self, publisher: Publisher, store: Store, quiet_s: float, tally: Tally) -> None:
        self._publisher = publisher
        self._store = store
        self._quiet = Quiet(quiet_s)
        self._tally = tally
        self._is_short = False
        self._at_work = 0
        self._loop = asyncio.get_running_loop()
        tally.show(
            "studies_waiting",
            "studies with instances that no event was about",
            lambda: len(self._quiet) + self._at_work,
        )

    def heard_by_any_thread(self, study: Study) -> None:
        """A study has a new instance on disk."""
        self._loop.call_soon_threadsafe(self._heard, study)

    async def run(self) -> None:
        """Announce each study when it is quiet, until cancelled."""
        while True:
            due = self._quiet.take_due(self._loop.time())
            for self._at_work in range(len(due), 0, -1):
                await self._announce(due[-self._at_work])
            self._at_work = 0
            await self._tell_of_space()
            await asyncio.sleep(_LOOK_S)

    def expect(self, studies: Iterable[Study]) -> None:
        """Announce these studies, too, unless an instance of them comes first: nobody was told of them."""
        for study in studies:
            self._heard(study)

    def _heard(self, study: Study) -> None:
        self._quiet.heard(study, self._loop.time())

    async def _announce(self, study: Study) -> None:
        try:
            now, instances = await asyncio.to_thread(self._store.read, study)
            before = await asyncio.to_thread(self._store.marked, study)
            found = dict(events(study, instances))
            new = {str(event_id): event for event_id, event in found.items() if str(event_id) not in before.ids}
            await self._publisher.play(new.values(), speed=0)
            ids = frozenset(map(str, found))
            await asyncio.to_thread(self._store.mark, study, Mark(now.digest, ids))
        except OSError as error:
            log.error("study-not-read", study=study.name, error=type(error).__name__)  # noqa: TRY400 - its text names a file
            self._heard(study)
            return
        self._tally.announced(study.name, len(new), len(instances))

    async def remove_old(self, keep: timedelta) -> None:
        """Remove studies that were announced so long ago, until cancelled."""
        while True:
            try:
                removed = await asyncio.to_thread(self._store.remove_older, datetime.now(UTC) - keep)
            except OSError as error:
                log.error("old-studies-not-removed", error=type(error).__name__)  # noqa: TRY400 - its text names a file
            else:
                log.info("old-studies-removed", studies=removed)
            await asyncio.sleep(_REMOVE_S)

    async def _tell_of_space(self) -> None:
        is_short = self._store.room.is_short
        if is_short != self._is_short:
            self._is_short = is_short
            await self._publisher.play([told_of_space(f"dicom-{gethostname()}", is_short=is_short)], speed=0)
