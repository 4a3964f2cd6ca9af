"""Checks of a worker's requirements; each states what it found and, on a problem, how to fix it."""

import asyncio
import contextlib
import logging
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Collection
from importlib.util import find_spec
from pathlib import Path
from typing import Final, Literal, NamedTuple

import torch
from aiokafka import codec
from aiokafka.errors import KafkaError

from models.fundus import shipped
from models.fundus.model import FundusModel
from models.lesion.model import SHIPPED as SHIPPED_LESION
from models.lesion.model import LesionModel, model_names
from models.lesion.model import ModelError as LesionModelError
from models.risk.model import SHIPPED as SHIPPED_RISK
from models.risk.model import ModelError as RiskModelError
from models.risk.model import RiskModel
from models.watch.turned_off import sentence
from schemas.partitioner import PARTITIONER, SETTING
from schemas.topics import TOPICS
from stream.access.weights_signature import SignatureError, check_signature
from stream.broker.last_keys import last_keys
from stream.broker.limits import Limits, stamped_by_producers, told, too_small, topic_limits
from stream.broker.placement import Misplaced, misplaced
from stream.broker.topics import BATCH_BYTES, TopicState, list_topics, uneven_inputs
from stream.check.model_loading import retina_folder
from stream.check.sandbox import Confined, possible
from stream.settings import Settings
from stream.state.client import StateUnavailableError, redis_client
from stream.state.owner import living_groups
from stream.state.store import StateStore

PYTHON: Final = (3, 11)
BROKER_S: Final = 10.0
SKEW_WARNING_S: Final = 1.0
FREE_MB: Final = 500
CODECS: Final = {"gzip": codec.has_gzip, "snappy": codec.has_snappy, "lz4": codec.has_lz4, "zstd": codec.has_zstd}


class CheckResult(NamedTuple):
    """Result of a check; `failed` means that a worker can't do its work, `warning` that it may do it badly."""

    check: str
    state: Literal["ok", "warning", "failed"]
    found: str
    fix: str | None = None


async def examine(settings: Settings) -> list[CheckResult]:
    """Run every check, one after the other, each for a few seconds at most; problems are results, not exceptions."""
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)
    return [
        python(sys.version_info[:2]),
        device(settings.device, cuda=torch.cuda.is_available()),
        codecs([name for name, there in CODECS.items() if not there()]),
        *await _broker(settings),
        *await _redis(settings),
        conditions(settings.conditions_off),
        risk_model(settings.risk_folder or SHIPPED_RISK, settings.weights_key_file),
        lesion_models(settings.lesion_folder or SHIPPED_LESION, settings.weights_key_file),
        genomes([*map(str, settings.genome_roots), *settings.genome_hosts], can_read=find_spec("pysam") is not None),
        sandbox(settings.image_sandbox, possible()),
        disk(settings.image_output or Path(tempfile.gettempdir()), lambda path: shutil.disk_usage(path).free),
    ]


def python(version: tuple[int, int]) -> CheckResult:
    """Check the version of the interpreter."""
    found = ".".join(map(str, version))
    if version < PYTHON:
        return CheckResult("python", "failed", found, f"use Python {PYTHON[0]}.{PYTHON[1]} or later")
    return CheckResult("python", "ok", found)


def conditions(off: Collection[str]) -> CheckResult:
    """Tell which alarm conditions do not sound here."""
    if not off:
        return CheckResult("conditions", "ok", "no alarm condition is turned off")
    return CheckResult("conditions", "warning", sentence(off), "unset WARDWATCH_CONDITIONS_OFF to hear them")


def genomes(places: Collection[str], *, can_read: bool) -> CheckResult:
    """Check that genomes can be read where some are let in."""
    if not places:
        return CheckResult("genomes", "ok", "none is let in")
    if not can_read:
        return CheckResult("genomes", "failed", "nothing reads VCF", "pip install 'wardwatch[genome]'")
    return CheckResult("genomes", "ok", f"let in from {len(places)} places")


def device(wanted: str, *, cuda: bool) -> CheckResult:
    """Check the device that the models would run on."""
    if wanted == "cuda" and not cuda:
        return CheckResult(
            "device", "failed", "no CUDA device", "set WARDWATCH_DEVICE=auto, or install torch with CUDA"
        )
    if wanted not in {"auto", "cpu", "cuda"}:
        return CheckResult("device", "failed", wanted, "set WARDWATCH_DEVICE to auto, cpu or cuda")
    return CheckResult("device", "ok", f"{'cuda' if cuda and wanted != 'cpu' else 'cpu'}, torch {torch.__version__}")


def sandbox(wanted: str, found: Confined) -> CheckResult:
    """Tell what confines the process that reads images."""
    if wanted == "off":
        fix = "unset WARDWATCH_IMAGE_SANDBOX: who takes over a decoder of images has all that the worker has"
        return CheckResult("sandbox", "warning", "turned off", fix)
    if found.missing:
        fix = "use Linux 5.13 or later with Landlock (lsm=...,landlock), in containers a seccomp profile that allows it"
        state: Literal["failed", "warning"] = "failed" if wanted == "required" else "warning"
        return CheckResult("sandbox", state, f"the kernel lacks {found.missing}", fix)
    return CheckResult("sandbox", "ok", f"Landlock {found.landlock}, seccomp")


def topics(states: list[TopicState]) -> CheckResult:
    """Check that all topics of the contract exist and that the inputs have equal numbers of partitions."""
    missing = [state.name for state in states if state.partitions == 0]
    if missing:
        return CheckResult("topics", "failed", f"missing: {', '.join(missing)}", "run `wardwatch topics create`")
    uneven = uneven_inputs(states)
    if uneven:
        counts = ", ".join(f"{name} {count}" for name, count in uneven.items())
        fix = "give every input topic the same number of partitions, or a patient's events reach several workers"
        return CheckResult("topics", "failed", f"inputs with different numbers of partitions: {counts}", fix)
    return CheckResult("topics", "ok", f"{len(states)} topics")


def limits(found: list[Limits]) -> CheckResult:
    """The settings of the topics: large enough for what is sent, inputs stamped by the broker's clock."""
    unknown = [one.name for one in found if one.batch_bytes is None]
    small = too_small(found, [name for name, topic in TOPICS.items() if topic.flow == "out"])
    if small:
        return CheckResult("limits", "failed", told(small), f"set max.message.bytes of these topics to {BATCH_BYTES}")
    if producers := stamped_by_producers(found):
        text = f"stamped by the clocks of their producers, one of which may be slow: {', '.join(producers)}"
        return CheckResult("limits", "warning", text, "set message.timestamp.type of these topics to LogAppendTime")
    if unknown:
        fix = "allow DESCRIBE_CONFIGS on the topics (`wardwatch secrets grant`), where the broker has settings"
        return CheckResult("limits", "warning", f"the broker does not tell those of {len(unknown)} topics", fix)
    return CheckResult("limits", "ok", f"topics take {BATCH_BYTES} bytes or more")


def partitioner(found: list[Misplaced], now_ms: int) -> CheckResult:
    """Where the keys of the last records lie: a patient in two partitions reaches two workers."""
    if not found:
        return CheckResult("partitioner", "ok", f"the last records lie where {PARTITIONER} puts their keys")
    text = "; ".join(
        f"{one.topic}: {one.keys} of {one.of} keys in partitions {', '.join(map(str, one.partitions))} lie elsewhere "
        f"than {PARTITIONER} puts them, the latest came {max(0, now_ms - one.latest_ms) / 60_000:.0f} min ago"
        + ("" if one.before is None else f" (right while there were {one.before} partitions)")
        for one in found
    )
    return CheckResult("partitioner", "warning", text, f"give senders the partitioner {PARTITIONER}: {SETTING}")


def codecs(missing: list[str]) -> CheckResult:
    """What producers may compress with."""
    if missing:
        return CheckResult(
            "codecs", "failed", f"records in {', '.join(missing)} can't be read", "install cramjam, or install again"
        )
    return CheckResult("codecs", "ok", ", ".join(CODECS))


def eviction(policy: str) -> CheckResult:
    """What Redis does when its memory is full: a state that is thrown away is a patient who begins anew."""
    if policy != "noeviction":
        fix = "set maxmemory-policy to noeviction: a write that is refused is told, a lost state is not"
        return CheckResult("eviction", "warning", policy, fix)
    return CheckResult("eviction", "ok", policy)


def group(ours: str, owners: set[str]) -> CheckResult:
    """Whose workers use these states."""
    others = sorted(owners - {ours})
    if others:
        text = f"its states are those of {', '.join(others)}, and WARDWATCH_GROUP is {ours}"
        return CheckResult("group", "failed", text, "give each ward system a Redis of its own")
    return CheckResult("group", "ok", f"{ours}, {'with' if owners else 'without'} a worker that runs")


def clock(skew_s: float, future_s: float) -> CheckResult:
    """Check the clock by how far another machine's runs ahead of ours (negative: behind)."""
    found = f"{skew_s:+.2f} s against Redis"
    fix = "synchronise both machines' clocks (NTP): frames from the future are refused"
    if abs(skew_s) > future_s:
        return CheckResult("clock", "failed", found, fix)
    return (
        CheckResult("clock", "warning", found, fix)
        if abs(skew_s) > SKEW_WARNING_S
        else CheckResult("clock", "ok", found)
    )


def disk(folder: Path, free_bytes: Callable[[Path], int]) -> CheckResult:
    """Check the free space for saliency maps and fetched images."""
    try:
        free_mb = free_bytes(folder) // 2**20
    except OSError as error:
        return CheckResult("disk", "failed", f"{folder}: {error.strerror}", "make the folder, or name another one")
    if free_mb < FREE_MB:
        return CheckResult(
            "disk", "warning", f"{free_mb} MB free in {folder}", f"free {FREE_MB} MB or name another folder"
        )
    return CheckResult("disk", "ok", f"{free_mb} MB free in {folder}")


async def _broker(settings: Settings) -> list[CheckResult]:
    fix = "start a broker there, or set WARDWATCH_BROKER; `wardwatch demo` brings its own"
    try:
        async with asyncio.timeout(BROKER_S):
            states = await list_topics(settings)
    except (KafkaError, TimeoutError) as error:
        return [CheckResult("broker", "failed", f"{settings.broker} does not answer ({type(error).__name__})", fix)]
    except OSError as error:
        fix = "check WARDWATCH_BROKER_CA_FILE and WARDWATCH_BROKER_PASSWORD_FILE"
        return [CheckResult("broker", "failed", f"{error.filename or 'a file'}: {error.strerror}", fix)]
    answers = [CheckResult("broker", "ok", settings.broker), topics(states)]
    there = [one.name for one in states if one.partitions]
    try:
        async with asyncio.timeout(BROKER_S):
            answers.append(limits(await topic_limits(settings, there)))
    except (KafkaError, TimeoutError) as error:
        answers.append(CheckResult("limits", "warning", f"not told ({type(error).__name__})", fix))
    try:
        async with asyncio.timeout(BROKER_S):
            keys = await last_keys(settings, [name for name in there if TOPICS[name].flow == "in"])
        answers.append(partitioner(list(misplaced(keys)), round(time.time() * 1000)))
    except (KafkaError, TimeoutError) as error:
        text, fix = f"the last records can't be read ({type(error).__name__})", "look as a user who may read the inputs"
        answers.append(CheckResult("partitioner", "warning", text, fix))
    return answers


async def _redis(settings: Settings) -> list[CheckResult]:
    fix = "start Redis there, or set WARDWATCH_REDIS_URL; a worker watches on without it, but keeps nothing"
    async with redis_client(settings) as redis:
        store = StateStore(redis, "patient", settings.state_ttl_s)
        try:
            await store.ping()
        except StateUnavailableError as error:
            return [CheckResult("redis", "failed", f"{settings.redis_url} does not answer ({error})", fix)]
        checks = [CheckResult("redis", "ok", settings.redis_url)]
        try:
            checks.append(eviction(await store.eviction_policy()))
        except StateUnavailableError as error:
            checks.append(CheckResult("eviction", "warning", f"Redis does not tell ({error})", "allow it INFO"))
        with contextlib.suppress(StateUnavailableError):  # it has only just answered, and is asked again below
            checks.append(group(settings.group, await living_groups(redis)))
        try:
            before_s = time.time()
            skew_s = await store.clock_s() - (before_s + time.time()) / 2
        except StateUnavailableError as error:
            text = f"Redis does not tell its time ({error})"
            return [*checks, CheckResult("clock", "warning", text, "allow it TIME")]
    return [*checks, clock(skew_s, settings.future_s)]


def risk_model(folder: Path, key: Path | None) -> CheckResult:
    """Load the risk model, after a look at who vouches for it."""
    fix = "name another one in WARDWATCH_RISK_FOLDER, or install again"
    try:
        check_signature(folder, key)
        model = RiskModel.load(folder, "cpu")
    except (RiskModelError, SignatureError, OSError) as error:
        return CheckResult("risk model", "failed", str(error), fix)
    return CheckResult("risk model", "ok", f"{model.version}, {_vouched(key)}")


def lesion_models(folder: Path, key: Path | None) -> CheckResult:
    """Load each lesion model, after a look at who vouches for them."""
    fix = "name others in WARDWATCH_LESION_FOLDER, or install again"
    names = [name for name in model_names(folder) if name != shipped.NAME]
    if not names:
        return CheckResult("lesion models", "failed", f"none in {folder}", fix)
    try:
        check_signature(folder, key)
        versions = [f"{name}/{LesionModel.load(name, folder, 'cpu').version}" for name in names]
        check_signature(retina_folder(folder), key)
        versions.append(f"{shipped.NAME}/{FundusModel(retina_folder(folder), 'cpu').configuration.version}")
    except (LesionModelError, SignatureError, OSError) as error:
        return CheckResult("lesion models", "failed", str(error), fix)
    return CheckResult("lesion models", "ok", f"{', '.join(versions)}, {_vouched(key)}")


def _vouched(key: Path | None) -> str:
    return "as their manifest says" if key is None else "as their manifest says, which is signed"
