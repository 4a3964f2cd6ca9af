"""The Kafka side of the check path, which runs apart from the vital signs because it takes longer.

Each study leads to a lesion report, each pathology report to its findings, each genome to what it says of genes; what
can't be processed to a dead letter.
"""

import asyncio
import time
from collections import defaultdict
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import asdict, dataclass, field
from functools import partial
from typing import Final, NamedTuple, Protocol, TypeVar
from uuid import UUID

import orjson
from aiokafka import TopicPartition
from pydantic import TypeAdapter
from structlog import get_logger

from models.pathology.record import findings_of
from schemas.genomes import GenomeReady
from schemas.imaging import ImagingOrder, ImagingReady, LesionReport, Replaced
from schemas.pathology import PathologyReport
from schemas.therapy import GenomicResult
from stream.broker.lineage import Log, Place
from stream.check.checker import CheckFailed
from stream.check.pieces import pieces
from stream.check.replacement import CurrentReport, current_after, replaced
from stream.check.report import without_hashes
from stream.delivery.decode import Decoded, Refused, decode
from stream.delivery.logbook import Standings, as_they_say
from stream.delivery.outputs import SOFTWARE, letter, output
from stream.delivery.placing import Ask, Partitions, moved, placed_now, unknown
from stream.delivery.records import Record, log_of, place_of
from stream.delivery.sender import Output, Sender
from stream.delivery.settle import Settlement, Settler
from stream.delivery.transport import Run
from stream.genomes.genotyper import GenomeFailed, NotUsed
from stream.genomes.standing import Said, all_of, event_id, is_older
from stream.observability.metrics import Metrics
from stream.observability.status import Component, Status
from stream.settings import Settings
from stream.state.client import StateUnavailableError
from stream.state.store import StateStore, Stored, Write

log = get_logger()
AnswerT = TypeVar("AnswerT")

_TRIES: Final = 3
_PAUSE_S: Final = 1.0
_MOST_REPORTS: Final = 100
_MOST_IDS: Final = 2 * _MOST_REPORTS  # one with the hashes of the files, one without


class _Work(NamedTuple):
    """What is told of a kind of work: where it fails, works again, and in the log where it breaks."""

    component: Component
    away: str
    again: str
    broken: str


_STUDIES: Final = _Work(
    "lesion-model", "studies can't be checked", "studies are checked again", "study-broke-the-check"
)
_GENOMES: Final = _Work("genomes", "genomes can't be read", "genomes are read again", "genome-broke-the-reader")


@dataclass
class CheckState:
    """Stored state of a patient's imaging, pathology and genomes."""

    positions: dict[str, int] = field(default_factory=dict)  # "topic/partition" -> next offset to apply
    logs: dict[str, str] = field(default_factory=dict)  # "topic/partition" -> the log that the position is in
    counts: dict[str, int] = field(default_factory=dict)  # topic -> records applied
    reports: list[str] = field(default_factory=list)  # ids of the latest reports, with and without the files' hashes
    standing: list[CurrentReport] = field(default_factory=list)  # the latest reports that none has replaced
    genomes: dict[str, Said] = field(default_factory=dict)  # by the genome's identifier


_STATE: Final = TypeAdapter(CheckState)
_BESIDE: Final = ("logs", "genomes")
"""Fields of the state that lie beside it."""


def _fields(known: CheckState) -> dict[str, bytes]:
    """As it is stored. What came later lies beside the state, since an earlier version can't read a field more."""
    state = asdict(known)
    beside = {name: orjson.dumps(state.pop(name)) for name in _BESIDE}
    return {"state": orjson.dumps(state), **beside}


def _state_in(fields: Mapping[str, bytes]) -> CheckState:
    """The state that was stored. Raises ValueError for anything else."""
    state = orjson.loads(fields.get("state", b"{}"))
    beside = {name: orjson.loads(fields.get(name, b"{}")) for name in _BESIDE}
    return _STATE.validate_python(state | beside if isinstance(state, dict) else state)


class Checker(Protocol):
    """Port to the image checker; see stream.check.checker.ImageChecker."""

    def report_id(self, event: ImagingReady) -> UUID:
        """Return the id of the report on this event."""

    async def check(self, event: ImagingReady, replaces: tuple[Replaced, ...]) -> LesionReport:
        """Report on a study, replacing these earlier reports. Raises CheckFailed."""


class Genomes(Protocol):
    """Port to the reader of genomes; see stream.genomes.genotyper.Genotyper."""

    async def results(self, ready: GenomeReady) -> tuple[GenomicResult, ...] | NotUsed:
        """Return what a genome says of genes, or why it is not used. Raises GenomeFailed."""


class Check:
    """Handles the runs of the check path. Applied offsets are stored, so that a replayed record changes nothing."""

    def __init__(  # noqa: PLR0913 - its ports
        self,
        settings: Settings,
        *,
        checker: Checker,
        genomes: Genomes,
        store: StateStore,
        sender: Sender,
        settler: Settler,
        status: Status,
        metrics: Metrics,
        standings: Standings = as_they_say,
        partitions: Partitions = unknown,
        ask_partitions: Ask | None = None,
    ) -> None:
        self._settings = settings
        self._checker = checker
        self._genomes = genomes
        self._store = store
        self._sender = sender
        self._settler = settler
        self._status = status
        self._metrics = metrics
        self._standings = standings
        self._partitions = partitions
        self._ask_partitions = ask_partitions
        self._log = Log()
        self._written: dict[str, Stored] = {}  # not yet stored by the settler, so newer than what is in Redis

    async def handle(self, run: Run) -> None:
        """Process the studies and reports of a run concurrently, each patient's in order, and pass the results on.

        Outputs and new states go to the settler with the run.
        """
        run.begin()
        self._log = run.log
        self._metrics.records.labels(run.topic).inc(len(run.value))
        unsettled = self._settler.unsettled()
        self._written = {patient: state for patient, state in self._written.items() if patient in unsettled}
        here, elsewhere, again = await placed_now(run.value, run.topic, run.log, self._partitions, self._ask_partitions)
        self._metrics.moved.labels(run.topic).inc(len(elsewhere))
        self._metrics.suppressed.labels(run.topic).inc(again)
        outputs: list[list[Output]] = [[] for _ in here]
        writes: dict[str, Write] = {}
        by_patient: dict[str, list[tuple[int, Decoded]]] = defaultdict(list)
        for number, record in enumerate(here):
            decoded = decode(record, round(time.time() * 1000), round(self._settings.future_s * 1000))
            if isinstance(decoded, Refused):
                outputs[number] = [self._dead_letter(decoded)]
            else:
                by_patient[decoded.patient].append((number, decoded))

        async def one_patient(patient: str) -> None:
            for number, decoded in by_patient[patient]:
                outputs[number], write = await self._one(decoded)
                if write is not None:
                    earlier = writes.get(patient)
                    writes[patient] = write if earlier is None else write._replace(base=earlier.base)
                    self._written[patient] = Stored(write.revision, dict(write.fields))

        async with asyncio.TaskGroup() as group:
            for patient in by_patient:
                group.create_task(one_patient(patient))
        sent = [moved(one, run.log) for one in elsewhere] + [output for said in outputs for output in said]
        deliveries = await self._sender.post(sent)
        await self._settler.put(Settlement(run, deliveries, writes))

    async def begun(self) -> None:
        """Do nothing."""

    def forget(self) -> None:
        """Do nothing: between runs only unwritten states are cached."""

    async def _one(self, decoded: Decoded) -> tuple[list[Output], Write | None]:
        record = decoded.record
        known, revision = await self._known(decoded.patient)
        place = place_of(record)
        if await self._applied(known, record, place) > record.offset:
            self._metrics.suppressed.labels(record.topic).inc()
            return [], None
        if isinstance(decoded.model, PathologyReport):
            said = await self._findings(record, decoded.model)
        elif isinstance(decoded.model, ImagingOrder):
            said = []  # for its readers: nothing is judged before there are images
        elif isinstance(decoded.model, GenomeReady):
            said = await self._genome(record, decoded.model, known)
        else:
            assert isinstance(decoded.model, ImagingReady)  # noqa: S101 - the topics have no other model
            said = await self._report(record, decoded.model, known)
        if isinstance(said, Refused):
            return [self._dead_letter(said)], None
        known.positions[place], known.logs[place] = record.offset + 1, str(log_of(record, self._log))
        known.counts[record.topic] = known.counts.get(record.topic, 0) + 1
        return said, Write(revision, revision + 1, _fields(known))

    async def _applied(self, known: CheckState, record: Record, place: str) -> int:
        """The offset up to which the records of this partition, as its log is now, were applied."""
        offset, log_then = known.positions.get(place, 0), known.logs.get(place, "")
        if not offset or log_then == str(log_of(record, self._log)):
            return offset
        (stands,) = await self._standings(
            TopicPartition(record.topic, record.partition), [Place(offset, Log.read(log_then))]
        )
        if stands < offset:
            self._metrics.positions_set_back.labels(record.topic).inc()
        return stands

    async def _findings(self, record: Record, report: PathologyReport) -> list[Output] | Refused:
        """Return the findings of a pathology report, read in a thread so that the event loop stays responsive."""
        try:
            return [output("pathology-findings", await asyncio.to_thread(findings_of, report, SOFTWARE), record)]
        except Exception as error:  # a report that can't be read for any reason must not block the others
            log.exception("report-broke-the-reader", error=type(error).__name__)
            return Refused(record, "inference", error)

    async def _genome(self, record: Record, ready: GenomeReady, known: CheckState) -> list[Output] | Refused:
        """Return what a genome says, and what it takes back; nothing where a newer record of it is known."""
        if is_older(ready, known.genomes):
            self._metrics.suppressed.labels(record.topic).inc()
            return []
        results = () if ready.status == "entered-in-error" else await self._named(record, ready)
        if isinstance(results, Refused):
            return results
        every, known.genomes = all_of(ready, results, known.genomes)
        return [output("genomics", one, record, event_id(ready, one)) for one in every]

    async def _named(self, record: Record, ready: GenomeReady) -> tuple[GenomicResult, ...] | Refused:
        """Ask for the alleles of a genome."""
        results = await self._tried(record, partial(self._genomes.results, ready), _GENOMES)
        return Refused(record, results.stage, results.sentence) if isinstance(results, NotUsed) else results

    async def _report(self, record: Record, event: ImagingReady, known: CheckState) -> list[Output] | Refused:
        """The report on a study, or those on its pieces, unless it is known already; `known` learns of it.

        Corrected files of known instances are reported anew where the announcement has their hashes. One without hashes
        does not tell that anything has changed.
        """
        parts = pieces(event)
        ids = [self._checker.report_id(part).hex for part in parts]
        earlier = [one for one in known.standing if one.id not in ids]
        said: list[Output] = []
        for number, (part, report_id) in enumerate(zip(parts, ids, strict=True), 1):
            if report_id in known.reports:
                continue  # there is nothing new to say
            images = [image for one in parts[:number] for image in one.images]
            replaces = replaced(event.model_copy(update={"images": tuple(images)}), earlier)
            answer = await self._judge(record, part, replaces)
            if isinstance(answer, Refused):
                return answer
            if len(parts) > 1:
                answer = answer.model_copy(update={"part": number, "parts": len(parts)})
            gone = {one.id.hex for one in replaces}
            earlier = [one for one in earlier if one.id not in gone]
            same = {report_id, self._checker.report_id(without_hashes(part)).hex}
            known.reports = [*(one for one in known.reports if one not in same), *sorted(same)][-_MOST_IDS:]
            known.standing = current_after(part, answer, known.standing)[-_MOST_REPORTS:]
            said.append(output("lesion-reports", answer, record))
        return said

    async def _judge(
        self, record: Record, event: ImagingReady, replaces: tuple[Replaced, ...]
    ) -> LesionReport | Refused:
        """Ask the checker of a study."""
        return await self._tried(record, partial(self._checker.check, event, replaces), _STUDIES)

    async def _tried(self, record: Record, ask: Callable[[], Awaitable[AnswerT]], work: _Work) -> AnswerT | Refused:
        """Ask, and again where that fails through no fault of what is asked about."""
        for attempt in range(1, _TRIES + 1):
            try:
                answer = await ask()
            except (CheckFailed, GenomeFailed) as error:
                await self._status.tell(work.component, work.away, away=True)
                if attempt == _TRIES:
                    return Refused(record, error.stage, error)
                await asyncio.sleep(_PAUSE_S * attempt)
            except Exception as error:  # what can't be worked on for any reason must not block the others
                log.exception(work.broken, error=type(error).__name__)
                return Refused(record, "inference", error)
            else:
                await self._status.tell(work.component, work.again, away=False)
                return answer
        raise AssertionError

    async def _known(self, patient: str) -> tuple[CheckState, int]:
        """Return the patient's state, cached or from Redis; waits for Redis, since no alarm depends on it here."""
        stored = self._written.get(patient)
        while stored is None:
            try:
                stored = (await self._store.load([patient])).get(patient, Stored(0, {}))
            except StateUnavailableError:
                await self._status.tell("state", "Redis is away: studies wait", away=True)
                await asyncio.sleep(_PAUSE_S)
        try:
            return _state_in(stored.fields), stored.revision
        except ValueError as error:  # the patient's next study must be checked all the same
            log.warning("state-unreadable", error=type(error).__name__)
            await self._status.tell("state", "a stored state could not be read: its patient begins anew", away=True)
            return CheckState(), stored.revision

    def _dead_letter(self, refused: Refused) -> Output:
        self._metrics.dead_letters.labels(refused.stage).inc()
        return letter(refused, _TRIES if isinstance(refused.error, CheckFailed | GenomeFailed) else 1)
