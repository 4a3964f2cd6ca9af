"""Learns where a worker stands: whether the stays that it and its group see are like those of the model's training.

Until enough stays were seen for a day, and where they are foreign, the forecast abstains for everyone and says why.
"""

import asyncio
from collections.abc import Collection, Mapping, Sequence
from typing import Final, Literal, Protocol

import numpy as np
from numpy.typing import NDArray
from structlog import get_logger

from models.risk.seen import Seen
from models.risk.site import FROM_H, NOTHING_SEEN, SiteProfile, Standing, Verdict, standing
from models.watch.state import PatientState
from stream.observability.status import Status
from stream.state.client import StateUnavailableError
from stream.state.stays_seen import slot_of

log = get_logger()

LOOK_S: Final = 60.0
_EVERY_H: Final = 6  # a stay is noted anew after so many hours
_SILENT: Final[tuple[Verdict, ...]] = ("not-yet-known", "foreign")


class Placed(Protocol):
    """What is asked of a risk model that can be foreign; see models.risk.model.RiskModel."""

    version: str
    profile: SiteProfile | None
    silent_because: str | None

    def seen(self, states: Sequence[NDArray[np.float32]]) -> Seen:
        """What was measured of the patients with these states so far."""


class Index(Protocol):
    """Where the rows of stays lie; see stream.state.stays_seen.StaysSeen."""

    async def keep(self, rows: Mapping[bytes, bytes]) -> None:
        """Keep rows by their slots."""

    async def load(self) -> Collection[tuple[bytes, bytes]]:
        """All slots with their rows."""


class SiteWatch:
    """Notes stays, judges the hospital by them, and sets why the model abstains.

    A model that does not tell of its hospitals is not judged, nor one that somebody has checked here.
    """

    def __init__(self, model: Placed, index: Index, status: Status, site: Literal["judge", "checked"]) -> None:
        self._model = model
        self._index = index
        self._status = status
        self._profile = model.profile if site == "judge" else None
        self._rows: dict[bytes, bytes] = {}
        self._pending: dict[bytes, bytes] = {}
        self._away = False
        self.standing: Standing = NOTHING_SEEN
        if self._profile is not None:
            model.silent_because = NOTHING_SEEN.because

    def note(self, names: Sequence[str], befores: Sequence[PatientState], afters: Sequence[PatientState]) -> None:
        """Note what was measured of patients whose hour has closed, from their first day on."""
        if self._profile is None:
            return
        closed = [
            (name, after.risk)
            for name, before, after in zip(names, befores, afters, strict=True)
            if after.risk is not None and after.risk is not before.risk and after.risk_version == self._model.version
        ]
        if not closed:
            return
        seen = self._model.seen([risk for _, risk in closed])
        for (name, _), hours, count, mean in zip(closed, seen.hours, seen.count, seen.mean, strict=True):
            slot = slot_of(name)
            if hours >= FROM_H and (hours % _EVERY_H == 0 or slot not in self._rows):
                row = np.concatenate(([hours], count, mean)).astype("<f4").tobytes()
                self._pending[slot] = self._rows[slot] = row

    async def keep_looking(self) -> None:
        """Look every so often, for ever."""
        while True:
            await asyncio.sleep(LOOK_S)
            await self.look()
            await self.tell()

    async def look(self) -> None:
        """Exchange rows with the other workers by way of Redis, and judge; without Redis by our own rows."""
        if self._profile is None:
            return
        pending, self._pending = self._pending, {}
        try:
            await self._index.keep(pending)
            self._rows = dict(await self._index.load()) | self._pending
            self._away = False
        except StateUnavailableError as error:
            self._pending = pending | self._pending
            if not self._away:
                log.warning("stays-not-exchanged", error=str(error))
            self._away = True
        self.standing = standing(self._profile, _read(self._rows.values(), len(self._profile.series)))
        self._model.silent_because = self.standing.because

    async def tell(self) -> None:
        """Publish where we stand, when that has changed."""
        if self._profile is None:
            return
        for verdict in _SILENT:  # what is over first
            if verdict != self.standing.verdict:
                text = f"where the risk model stands is now: {self.standing.verdict}"
                await self._status.tell("risk-model", text, away=False, part=f"site-{verdict}")
        if self.standing.because is not None:
            part = f"site-{self.standing.verdict}"
            await self._status.tell("risk-model", f"no sepsis alarms: {self.standing.because}", away=True, part=part)


def _read(rows: Collection[bytes], series: int) -> Seen:
    """Read rows; one of another length was written by another version, and is left out."""
    width = 1 + 2 * series
    whole = [np.frombuffer(row, "<f4") for row in rows if len(row) == 4 * width]
    table = np.array(whole, np.float32).reshape(-1, width)
    return Seen(table[:, 0], table[:, 1 : 1 + series], table[:, 1 + series :])
