"""Benchmark of the check path: from announced studies to reports with stored saliency maps, beside the bare networks.

Fetching, sandboxed process, decoding, outlier check, networks, saliency maps and reports are those of the service, for
as many studies at once as a batch has. Broker and Redis are left out: they see a few hundred bytes of each study. The
baselines run on the same pictures in the same run: the networks alone on batches of tensors, and the whole model on
decoded pictures.
"""

import asyncio
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from itertools import cycle, islice
from pathlib import Path
from statistics import median
from typing import Any, Final, NamedTuple
from urllib.parse import urlsplit

import torch

from models.lesion.dicom import Limits, read_dicom
from models.lesion.image import Grey
from models.lesion.model import LesionModel
from models.lesion.preparation import standardise, to_square
from schemas.imaging import ImagingReady
from stream.bench.processor import cpu_with_children_s, machine
from stream.check.checker import ImageChecker, image_checker
from stream.feeds.images import Kind, simulated_study
from stream.settings import Settings
from stream.worker.assembly import CHECK_RUN_RECORDS

KINDS: Final[tuple[Kind, ...]] = ("chest_xray", "breast_ultrasound")
PICTURES: Final = 16  # different pictures; each is announced for many patients
BATCH: Final = 32  # images of one forward pass of a baseline
BASELINE_S: Final = 2.0
PATIENCE_S: Final = 600.0  # for an image, on a machine that may be busy with other things

Tell = Callable[[str], None]


class Measurement(NamedTuple):
    """Time for a number of images: wall time, and processor time of all processes involved."""

    images: int
    wall_s: float
    cpu_s: float


class Rate(NamedTuple):
    """Images per second over the repetitions, and processor time per image."""

    median: float
    lowest: float
    highest: float
    cpu_ms_per_image: float


class CheckResult(NamedTuple):
    """Everything that is printed."""

    machine: str
    device: str
    images: int
    rates: dict[str, Rate]

    def shares(self) -> dict[str, float]:
        """Return each rate as a share of the bare networks' rate."""
        return {name: rate.median / self.rates["networks"].median for name, rate in self.rates.items()}

    def as_json(self) -> dict[str, Any]:
        """Return the result for --json; times and rates have their unit in the name."""
        return {
            "machine": self.machine,
            "device": self.device,
            "images": self.images,
            "rates": {
                name: {
                    "images_per_s": round(rate.median, 1),
                    "images_per_s_lowest": round(rate.lowest, 1),
                    "images_per_s_highest": round(rate.highest, 1),
                    "cpu_ms_per_image": round(rate.cpu_ms_per_image, 2),
                    "share": round(self.shares()[name], 4),
                }
                for name, rate in self.rates.items()
            },
        }


def run(images: int, repetitions: int, tell: Tell) -> CheckResult:
    """Measure path and baselines in turn."""
    on = machine()
    took: dict[str, list[Measurement]] = {"check path": [], "model": [], "networks": []}
    with tempfile.TemporaryDirectory(prefix="wardwatch-bench-") as folder:
        settings = Settings(
            image_roots=(Path(folder, "in"),), image_output=Path(folder, "out"), image_timeout_s=PATIENCE_S
        )
        studies = announced(images, Path(folder, "in"))
        baselines = _baselines(studies[:PICTURES], settings.device)
        for number in range(repetitions):
            tell(f"check path, {number + 1} of {repetitions}")
            took["check path"].append(asyncio.run(_check(settings, studies)))
            for name, baseline in baselines.items():
                took[name].append(_timed(baseline))
    rates = {name: rate(row) for name, row in took.items()}
    return CheckResult(on, "cuda" if torch.cuda.is_available() else "cpu", images, rates)


def rate(row: list[Measurement]) -> Rate:
    """Return the median, from the measurement of each repetition."""
    each = [one.images / one.wall_s for one in row]
    return Rate(median(each), min(each), max(each), median(one.cpu_s / one.images for one in row) * 1000)


def announced(images: int, folder: Path) -> list[ImagingReady]:
    """Create announcements of studies with one image, each of its own patient, alternating between the kinds."""
    now = datetime.now(UTC)
    drawn = [
        simulated_study(kind, suspicious=number % 4 < 2, seed=number, folder=folder, patient="bench", time=now)  # noqa: PLR2004 two kinds, half of each
        for number, kind in zip(range(PICTURES), cycle(KINDS), strict=False)
    ]
    studies = zip(range(images), cycle(drawn), strict=False)
    return [study.model_copy(update={"patient": f"bench-{number}"}) for number, study in studies]


async def _check(settings: Settings, studies: list[ImagingReady]) -> Measurement:
    """Check all studies, one batch at a time, after one batch as a warm-up."""
    async with image_checker(settings) as checker:
        await _in_runs(checker, studies[:CHECK_RUN_RECORDS])
        began_s, began_cpu_s = time.monotonic(), cpu_with_children_s()
        await _in_runs(checker, studies)
        return Measurement(len(studies), time.monotonic() - began_s, cpu_with_children_s() - began_cpu_s)


async def _in_runs(checker: ImageChecker, studies: list[ImagingReady]) -> None:
    for start in range(0, len(studies), CHECK_RUN_RECORDS):
        await asyncio.gather(*(checker.check(study) for study in studies[start : start + CHECK_RUN_RECORDS]))


def _baselines(studies: list[ImagingReady], device: str) -> dict[str, Callable[[], int]]:
    """Return what each baseline does once; the callable returns its number of images."""
    torch.set_num_threads(1)  # as in the sandboxed process
    models = {kind: LesionModel.load(kind, device=device) for kind in KINDS}
    pictures = {kind: [_picture(study) for study in studies[at :: len(KINDS)]] for at, kind in enumerate(KINDS)}
    batches = {kind: list(islice(cycle(found), BATCH)) for kind, found in pictures.items()}
    squares = {
        kind: standardise(to_square(found, models[kind].configuration.size_px)) for kind, found in batches.items()
    }

    def networks() -> int:
        with torch.inference_mode():
            for kind, model in models.items():
                for network in model.package.networks:
                    network(squares[kind].to(next(network.parameters()).device)).cpu()
        return BATCH * len(KINDS)

    def model() -> int:
        for kind, found in batches.items():
            models[kind].check(found)
        return BATCH * len(KINDS)

    return {"model": model, "networks": networks}


def _picture(study: ImagingReady) -> Grey:
    return read_dicom(Path(urlsplit(study.images[0].url).path).read_bytes(), Limits()).pixels


def _timed(baseline: Callable[[], int]) -> Measurement:
    baseline()  # once as a warm-up
    images, began_s, began_cpu_s = 0, time.monotonic(), time.process_time()
    while time.monotonic() - began_s < BASELINE_S:
        images += baseline()
    return Measurement(images, time.monotonic() - began_s, time.process_time() - began_cpu_s)
