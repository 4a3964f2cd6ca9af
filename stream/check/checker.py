"""The check path without Kafka: an imaging-ready event in, a lesion report out.

What is stored of an image. Of its header only codes, UIDs and distances ever leave the sandboxed process.

- The file: not stored. It is in memory from the download to the verdict.
- The report, its DICOM SR and FHIR form: pseudonym, addresses and UIDs as announced, since they lead the archive back
  to its own images; of the header modality, SOP class, series and instance UID, and sizes in mm. No name, date or text.
- The saliency map: pixels without text; none where the picture may show names, judged by the header and the kind of
  picture (models/lesion/burned_in.py) and by text-like shapes in its margin (models/lesion/text_like.py).
- A dead letter: the announcement byte for byte, as the archive sent it; nothing of the file.
- The log: keyed hashes of studies, counts, and no text of errors that may quote a file.

Copies of images for other uses are made by `wardwatch deidentify`.
"""

import asyncio
import hashlib
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from importlib.metadata import version
from pathlib import Path
from uuid import UUID

import structlog

from models.deidentify.keyed import Keyed
from models.lesion.dicom import Limits
from models.lesion.sets import SHIPPED
from schemas.dead_letters import Stage
from schemas.imaging import ImageReference, ImagingReady, LesionReport, Replaced
from stream.access.credentials import credentials
from stream.access.identity_key import identity_key
from stream.access.weights_signature import check_signature
from stream.check.batching import GIVEN_UP, MOST_LOST, Batcher
from stream.check.budget import ByteBudget
from stream.check.documents import keep, with_documents
from stream.check.fetch import FetchFailed, FetchRules, fetch, http_client
from stream.check.model_loading import EXCHANGE, LIBRARIES, retina_folder
from stream.check.reading_process import DIED, SLOW, JudgeSource, Reader, ReadFailed
from stream.check.report import ImageResult, ReportSource, lesion_report, report_id
from stream.check.sandbox import look_at_the_sandbox
from stream.check.task import Task
from stream.check.verdict import Judged, Refusal, Verdict
from stream.settings import Settings

log = structlog.get_logger()


class CheckFailed(Exception):  # noqa: N818 it says what failed
    """The study could not be checked, through no fault of its images: retry, then send a dead letter of this stage."""

    def __init__(self, cause: Exception, stage: Stage) -> None:
        super().__init__(str(cause))
        self.stage = stage


Fetch = Callable[[ImageReference], Awaitable[bytes | Refusal]]
"""Port to the image archive. Raises FetchFailed."""
Read = Callable[[Task], Awaitable[Verdict]]
"""Port to the sandboxed process. Raises ReadFailed."""


@dataclass
class ImageChecker:
    """Checks studies; the limits on concurrency apply to all studies together."""

    fetch: Fetch
    read: Read
    about: ReportSource
    limits: Limits
    output: Path | None = None  # folder for overlays and documents; without it none are made
    keyed: Keyed = field(default_factory=partial(identity_key, None))  # makes the pseudonyms of UIDs for logs
    fetches: int = 4  # concurrent downloads
    held_bytes: int = 128 * 2**20  # limit for fetched images without a verdict; with `fetches` bounds the memory
    _gate: asyncio.Semaphore = field(init=False)
    _memory: ByteBudget = field(init=False)

    def __post_init__(self) -> None:
        """Create the semaphore and the memory budget."""
        self._gate = asyncio.Semaphore(self.fetches)
        self._memory = ByteBudget(self.held_bytes)

    def report_id(self, event: ImagingReady) -> UUID:
        """Return the id of the report on this event."""
        return report_id(event, self.about)

    async def check(self, event: ImagingReady, replaces: tuple[Replaced, ...] = ()) -> LesionReport:
        """Check each image of the study. An image that can't be fetched or read is refused in the report.

        `replaces` are the earlier reports that this one replaces.

        Raises CheckFailed: stage `fetch` when the archive or the file system failed despite retries, stage `inference`
        when a model or the sandboxed process failed. In both cases the whole event may be retried.
        """
        started = time.monotonic()
        try:
            async with asyncio.TaskGroup() as group:
                lost: list[Refusal] = []
                tasks = [group.create_task(self._see(event, number, lost)) for number in range(len(event.images))]
        except ExceptionGroup as failed:  # the first failure has cancelled the other images
            raise failed.exceptions[0] from None
        seen = [task.result() for task in tasks]
        report = await asyncio.to_thread(with_documents, lesion_report(event, seen, self.about, replaces), self.output)
        log.info(
            "study checked",
            study=self.keyed.name(event.study_uid),
            report=str(report.id),
            images=len(seen),
            refused=dict(Counter(one.verdict.reason for one in seen if isinstance(one.verdict, Refusal))),
            priority=report.priority,
            seconds=round(time.monotonic() - started, 3),
        )
        return report

    async def _see(self, event: ImagingReady, number: int, lost: list[Refusal]) -> ImageResult:
        """Process one image, unless `lost` shows that its study has cost too many processes already."""
        reference = event.images[number]
        try:
            verdict = await self._verdict(event, reference, lost)
        except FetchFailed as failed:
            raise CheckFailed(failed, "fetch") from failed
        except ReadFailed as failed:
            raise CheckFailed(failed, "inference") from failed
        if verdict in {SLOW, DIED}:
            lost.append(verdict)
        if self.output is None or not isinstance(verdict, Judged) or verdict.overlay_png is None:
            return ImageResult(reference, verdict)
        name = f"{self.report_id(event)}-{number + 1}.png"
        return ImageResult(reference, verdict, await asyncio.to_thread(keep, verdict.overlay_png, self.output, name))

    async def _verdict(self, event: ImagingReady, reference: ImageReference, lost: list[Refusal]) -> Verdict:
        async with self._gate:
            if len(lost) >= MOST_LOST:
                return GIVEN_UP
            data = await self.fetch(reference)
            if isinstance(data, Refusal):
                return data
            await self._memory.take(len(data))
        try:
            return GIVEN_UP if len(lost) >= MOST_LOST else await self._read(event, reference, data)
        finally:
            self._memory.give(len(data))

    async def _read(self, event: ImagingReady, reference: ImageReference, data: bytes) -> Verdict:
        task = Task(
            data=data,
            study_uid=event.study_uid,
            sop_instance_uid=reference.sop_instance_uid,
            modality=event.modality,
            body_part=event.body_part,
            limits=self.limits,
            overlay=self.output is not None,
        )
        return await self.read(task)


@asynccontextmanager
async def image_checker(settings: Settings) -> AsyncIterator[ImageChecker]:
    """Open a checker with the configured or the shipped models; half of an image's time is for the download.

    Raises SandboxMissingError where images may only be read in a sandbox that this kernel does not give,
    SignatureError where nobody that the site knows vouches for the models.
    """
    look_at_the_sandbox(settings)
    folder = settings.lesion_folder or SHIPPED
    for one in {folder, retina_folder(folder)}:
        check_signature(one, settings.weights_key_file)
    half_s = settings.image_timeout_s / 2
    shown = credentials(settings.image_credentials)
    rules = FetchRules(settings.image_roots, settings.image_hosts, settings.image_max_bytes, half_s, credentials=shown)
    async with (
        http_client() as client,
        Reader(_judge(folder.absolute(), settings), timeout_s=half_s) as reader,
        Batcher(reader.read) as together,
    ):
        yield ImageChecker(
            fetch=partial(fetch, rules=rules, client=client),
            read=together.read,
            about=ReportSource(
                version("wardwatch"), await asyncio.to_thread(fingerprint, folder, retina_folder(folder))
            ),
            limits=Limits(file_bytes=settings.image_max_bytes),
            output=settings.image_output,
            keyed=identity_key(settings.identity_key_file),
        )


def _judge(folder: Path, settings: Settings) -> JudgeSource[Task, Verdict]:
    """The models in a folder, and that of the retina, as the reading process loads them."""
    return JudgeSource(
        EXCHANGE,
        made_by="stream.check.model_loading:shipped_judge",
        arguments=(str(folder), settings.device),
        readable=(folder, retina_folder(folder)),
        libraries=LIBRARIES,
        gpu=settings.device != "cpu",
        confine=settings.image_sandbox != "off",
    )


def fingerprint(*folders: Path) -> str:
    """Return a digest of the weights of all models in the folders, 12 hex digits; the reports' ids depend on it."""
    digest = hashlib.sha256()
    for path in sorted({path for folder in folders for path in folder.glob("*.safetensors")}):
        digest.update(path.name.encode())
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()[:12]
