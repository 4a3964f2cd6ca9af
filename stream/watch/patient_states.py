"""The states of the patients of our partitions: in memory, fetched from Redis when first heard of, written anew later.

What lies in Redis may be unreadable, of a newer version, out of reach, or count positions in a log that is no more;
each costs as little as it must, and is told.
"""

import time
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from typing import Final

from aiokafka import TopicPartition
from structlog import get_logger

from models.watch.state import PatientState
from models.watch.stored import NO_STATE, NewerStateError, from_fields, to_fields
from stream.broker.lineage import Log, Place
from stream.delivery.logbook import Standings, as_they_say
from stream.delivery.records import Record, log_of, place_of
from stream.observability.metrics import Metrics
from stream.observability.status import Status
from stream.settings import Settings
from stream.state.client import StateUnavailableError
from stream.state.store import StateStore, Stored, Write
from stream.watch.state_cache import StateCache

log = get_logger()

_UNKNOWN: Final = str(Log())


class PatientStates:
    """Hands out patients' states, takes their next ones, and says which may be stored."""

    def __init__(
        self,
        settings: Settings,
        *,
        store: StateStore,
        status: Status,
        metrics: Metrics,
        standings: Standings = as_they_say,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._store = store
        self._status = status
        self._metrics = metrics
        self._standings = standings
        self._clock = clock
        self._turned_off = frozenset(settings.conditions_off)
        self._cache = StateCache(settings.memory_s, settings.state_ttl_s)
        self._newer: set[str] = set()  # a newer version stored them: never to be stored over
        self._leaving: set[str] = set()  # still in memory, since not yet stored, when their partitions went

    def __len__(self) -> int:
        """How many patients are in memory."""
        return len(self._cache)

    def ours(self) -> dict[str, PatientState]:
        """Those in memory whose partitions are ours."""
        return {patient: state for patient, state in self._cache.items() if patient not in self._leaving}

    def keep(self, states: Mapping[str, PatientState]) -> None:
        """A record of these patients was worked on."""
        self._cache.keep(states, self._clock())

    def pass_time(self, states: Mapping[str, PatientState]) -> None:
        """Time has passed for these patients, and no record of theirs came."""
        self._cache.update(states)

    def writes(self, changed: Collection[str]) -> dict[str, Write]:
        """What is to be stored of these patients, each as its next revision; nothing of who may not be stored over."""
        return {patient: self._next_write(patient) for patient in changed if patient not in self._newer}

    def came_back(self, patients: Collection[str]) -> None:
        """A record of these patients was read: their partitions are ours."""
        self._leaving -= set(patients)

    def let_go(self, unsettled: Collection[str]) -> None:
        """Now and then: let go of who was not heard for long, but of nobody whose state is not yet stored."""
        self._cache.let_go(self._clock(), unsettled)

    def forget(self, unsettled: Collection[str]) -> None:
        """Our partitions were taken away: only what is not yet stored stays."""
        self._leaving = set(unsettled)
        self._cache.only(unsettled)

    async def fetch(self, patients: Collection[str]) -> None:
        """Have the states of these patients, whose partition became ours, in memory, those that were ever stored.

        Raises StateUnavailableError: nobody begins blank who was not heard.
        """
        wanted = set(patients)
        lying = await self._store.load(sorted(wanted - self._cache.known(wanted).keys()))
        self.keep({patient: await self._read(patient, one) for patient, one in lying.items()})
        self.came_back(wanted)

    async def load(self, patients: Sequence[str], records: Sequence[Record], log_now: Log) -> dict[str, PatientState]:
        """The states of the patients of these records, of one partition.

        What they say was applied holds for the logs of these records; `log_now` is the log of those that were not moved
        here. They are handed over, not looked up again later: `forget` may come while a run is worked on.
        """
        known = await self._known(patients)
        sources = {
            (place_of(record), TopicPartition(record.topic, record.partition), log_of(record, log_now))
            for record in records
        }
        for name, tp, its_log in sorted(sources):  # one, but where records were moved here
            known |= await self._set_back(known, name, tp, its_log)
        return known

    async def _set_back(
        self, known: Mapping[str, PatientState], name: str, tp: TopicPartition, log_now: Log
    ) -> dict[str, PatientState]:
        """Those of these states whose position in a partition is one in a log that is no more, with one that holds."""
        places = {
            patient: Place(state.positions[name], Log.read(state.logs.get(name, "")))
            for patient, state in known.items()
            if name in state.positions and state.logs.get(name, _UNKNOWN) != str(log_now)
        }
        if not places:
            return {}
        standing = await self._standings(tp, list(places.values()))
        set_back = {
            patient: replace(known[patient], positions=known[patient].positions | {name: offset})
            for (patient, place), offset in zip(places.items(), standing, strict=True)
            if offset < place.offset
        }
        self._metrics.positions_set_back.labels(tp.topic).inc(len(set_back))
        return set_back

    async def _known(self, patients: Sequence[str]) -> dict[str, PatientState]:
        known = self._cache.known(patients)
        unknown = [patient for patient in dict.fromkeys(patients) if patient not in known]
        if not unknown:
            return known
        try:
            stored = await self._store.load(unknown)
        except StateUnavailableError:
            # Better an alarm from what this frame shows than none: the state begins blank. If there is another one in
            # Redis, storing this one will be refused, the worker ends, and its successor reads these records again.
            await self._status.tell("state", "Redis is away: unknown patients begin with a blank state", away=True)
            stored = {}
        fetched = {
            patient: await self._read(patient, stored[patient]) if patient in stored else self._blank()
            for patient in unknown
        }
        self.keep(fetched)
        return known | fetched

    async def _read(self, patient: str, lying: Stored) -> PatientState:
        """The state that lies in Redis; what can't be read of it is given up, since its patient's alarms must go on.

        One that only a newer version may store over stays as it is: the patient is watched from a blank state, nothing
        of it is stored, and the inputs are not acknowledged, so that the newer version gets them all.
        """
        try:
            state, unread = from_fields(lying.revision, lying.fields)
            if state.newer is not None:
                to_fields(state)  # what is nested deeper than can be written would end us later
        except NewerStateError as error:
            log.error("state-of-a-newer-version", reason=str(error))  # noqa: TRY400 - the reason says it all
            await self._status.tell("state", "a newer version stored states that this one must not touch", away=True)
            self._newer.add(patient)
            return replace(self._blank(), revision=lying.revision)
        except NO_STATE as error:
            log.warning("state-unreadable", error=type(error).__name__)
            await self._status.tell("state", "a stored state could not be read: its patient begins anew", away=True)
            return replace(self._blank(), revision=lying.revision, flagged={"state-unreadable": 1})
        self._newer.discard(patient)
        if unread:
            log.warning("state-partly-unreadable", parts=sorted(set(unread)))
            await self._status.tell("state", f"of a stored state could not be read: {', '.join(unread)}", away=True)
            count = state.flagged.get("state-partly-unreadable", 0) + 1
            state.flagged = {**state.flagged, "state-partly-unreadable": count}
        return replace(state, turned_off=self._turned_off)

    def _blank(self) -> PatientState:
        return PatientState(turned_off=self._turned_off)

    def _next_write(self, patient: str) -> Write:
        state = self._cache[patient]
        base = state.revision
        state.revision += 1
        return Write(base, state.revision, to_fields(state))
