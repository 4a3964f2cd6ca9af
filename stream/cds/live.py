"""What the ward knows of a patient now: the state that the workers keep in Redis, read and never written."""

import asyncio
from typing import Final, Literal, NamedTuple

from models.watch.state import PatientState
from models.watch.stored import NO_STATE, NewerStateError, from_fields
from stream.state.client import StateUnavailableError
from stream.state.store import StateStore

How = Literal["read", "unknown", "unidentified", "away", "unreadable"]
PATIENCE_S: Final = 0.25
"""So long Redis may take. CDS Hooks 2.0 asks for an answer in about half a second."""


class Live(NamedTuple):
    """What is known here, and how that was found out.

    unknown       nothing is kept of the patient
    unidentified  the call does not say who the patient is here
    away          Redis does not answer
    unreadable    the state is damaged, or a newer version's
    """

    how: How
    state: PatientState | None = None


class LiveStates:
    """Reads states; each read is bounded in time, and a Redis that is away is an answer and no error."""

    def __init__(self, store: StateStore, patience_s: float = PATIENCE_S) -> None:
        self._store = store
        self._patience_s = patience_s

    async def of(self, patient: str) -> Live:
        """What is known of a patient."""
        try:
            async with asyncio.timeout(self._patience_s):
                found = (await self._store.load([patient])).get(patient)
        except (StateUnavailableError, TimeoutError):
            return Live("away")
        if found is None:
            return Live("unknown")
        try:
            return Live("read", from_fields(found.revision, found.fields).state)
        except (NewerStateError, *NO_STATE):
            return Live("unreadable")
