"""A patient's state as it is stored: JSON with named fields and a format number, so that versions read each other.

What can't be read costs that part alone. What a newer version wrote and this one does not know is kept and written
back. A state that a newer version has declared unreadable for this one is refused, never stored over.
"""

from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from typing import Annotated, Any, Final, NamedTuple

import numpy as np
import orjson
from numpy.typing import NDArray
from pydantic import Field, TypeAdapter, ValidationError

from models.alarms.episodes import Episode
from models.alarms.rules import FRAME_RULES, Rule
from models.alarms.settings import Setting
from models.pathology.finding import Contradiction, Finding
from models.scores.news2 import MISSING, PARAMETERS
from models.treatment.facts import ActiveAlarm, Drug, Gene, Lesion, Pathology, Variant
from models.watch import therapy
from models.watch.clocks import Device, Shown
from models.watch.closing import BESIDE_FRAMES
from models.watch.state import (
    BIN_VITALS,
    COLUMNS,
    Bin,
    Named,
    Newer,
    PatientState,
    Proposed,
    RaisedAlarm,
    Stay,
    Untold,
)
from schemas.labs import ANALYTES
from schemas.vitals import NUMERICS

FORMAT: Final = 2
"""The number of the format that this version writes. Format 1 had rows by position and no number."""
READABLE_FROM: Final = 2
"""The oldest format number whose readers may store over what this version writes.

Raise it, together with FORMAT, when a field changes its meaning; a new field needs neither.
"""

_Place = tuple[str | int, ...]
_Json = Any
_Kind = Any
"""A class or type that pydantic can check."""
_NAN: Final = float("nan")


NO_STATE: Final = (ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError)
"""What `from_fields` raises where there is no state at all; whoever has Redis could have written anything."""


class NewerStateError(Exception):
    """A newer version wrote this state, and says that ours would misread it; the text gives the format numbers."""


class Loaded(NamedTuple):
    """A state that was read, and the parts of it that could not be (their names in the stored document)."""

    state: PatientState
    unread: tuple[str, ...]


def to_fields(state: PatientState) -> dict[str, bytes]:
    """Write a state: readable JSON, and the risk model's numbers as little-endian float32."""
    newer = state.newer
    document: dict[str, Any] = {
        "format": FORMAT if newer is None else max(FORMAT, newer.format),
        "readable_from": READABLE_FROM if newer is None else max(READABLE_FROM, newer.readable_from),
        "positions": state.positions,
        "logs": state.logs,
        "counts": state.counts,
        "flagged": state.flagged,
        "stay": {name: getattr(state.stay, name) for name in _STAY},
        "began_ms": state.began_ms,
        "left_ms": state.left_ms,
        "earlier_ms": state.earlier_ms,
        "newest_ms": state.newest_ms,
        "heard_ms": state.heard_ms,
        "arrived_ms": state.arrived_ms,
        "scored_ms": state.scored_ms,
        "scores": state.scores,
        "origin_ms": state.origin_ms,
        "value": _measured(COLUMNS, state.value),
        "value_ms": _nonzero(COLUMNS, state.value_ms),
        "told_ms": _nonzero(COLUMNS, state.told_ms),
        "seen_ms": _nonzero(COLUMNS, state.seen_ms),
        "every_ms": {name: ms for name, ms in zip(COLUMNS, state.every_ms.tolist(), strict=True) if ms >= 0},
        "fault": _nonzero(NUMERICS, state.fault),
        "points": [] if state.points is None else state.points.tolist(),
        "devices": {name: _device_fields(device) for name, device in state.devices.items()},
        "labs": {name: {"value": value, "time_ms": time_ms} for name, (value, time_ms) in state.labs.items()},
        "open_bin": {
            "total": _nonzero(BIN_VITALS, state.open_bin.total),
            "count": _nonzero(BIN_VITALS, state.open_bin.count),
            "labs": _measured(ANALYTES, state.open_bin.labs),
        },
        "waiting": [{"hour": hour, "end_ms": end_ms, "row": row} for hour, end_ms, row in state.waiting],
        "episodes": {condition: episode._asdict() for condition, episode in state.episodes.items()},
        "begun_s": state.begun_s,
        "device_alarms": {key: raised._asdict() for key, raised in state.device_alarms.items()},
        "untold": {condition: one._asdict() for condition, one in state.untold.items()},
        "settings": {place: one._asdict() for place, one in state.settings.items()},
        "alarms": {condition: alarm._asdict() for condition, alarm in state.alarms.items()},
        "genes": {name: gene._asdict() for name, gene in state.genes.items()},
        "variants": {name: one._asdict() for name, one in state.variants.items()},
        "drugs": {order: drug._asdict() for order, drug in state.drugs.items()},
        "stopped": state.stopped,
        "named": {order: one._asdict() for order, one in state.named.items()},
        "lesions": {study: lesion._asdict() for study, lesion in state.lesions.items()},
        "pathology": {report: _pathology_fields(read) for report, read in state.pathology.items()},
        "proposed": {key: one._asdict() for key, one in state.proposed.items()},
        "withdrawn": state.withdrawn,
        "suggested": state.suggested,
        "risk_version": state.risk_version,
    }
    for place, fields in newer.fields.items() if newer else ():
        target = _at(document, place)
        if isinstance(target, dict):  # else what it belonged to is over: an alarm that ended, an order that was stopped
            target |= {name: value for name, value in fields.items() if name not in target}
    stored = {"state": orjson.dumps(document)}
    stored["risk"] = b"" if state.risk is None else state.risk.astype("<f4").tobytes()
    return stored


def from_fields(revision: int, fields: Mapping[str, bytes]) -> Loaded:
    """Read a state that this version, an earlier or a newer one has stored.

    Raises:
        NewerStateError: the state says that a version of our format would misread it.
        one of NO_STATE: it is no state at all.
    """
    document = orjson.loads(fields["state"])
    if not isinstance(document, dict) or "positions" not in document:
        message = "a stored state is a JSON object that knows what was applied to it"
        raise ValueError(message)
    number, readable_from = document.pop("format", 1), document.pop("readable_from", 1)
    if readable_from > FORMAT:
        message = f"the state has format {number}, to be read from format {readable_from} on; this version has {FORMAT}"
        raise NewerStateError(message)
    reader = _Reader(document)
    drugs = therapy.drugs_of_earlier(reader.items("drugs", Drug))
    state = PatientState(
        revision=revision,
        positions=reader.part("positions", dict[str, _Whole], {}),
        logs=reader.part("logs", dict[str, str], {}),
        counts=reader.part("counts", dict[str, _Whole], {}),
        flagged=reader.part("flagged", dict[str, _Whole], {}),
        stay=reader.stay(),
        began_ms=reader.part("began_ms", _Milliseconds, 0),
        left_ms=reader.part("left_ms", _Milliseconds, 0),
        earlier_ms=reader.part("earlier_ms", _Milliseconds, 0),
        newest_ms=reader.part("newest_ms", _Milliseconds, 0),
        heard_ms=reader.part("heard_ms", _Milliseconds, 0),
        arrived_ms=reader.part("arrived_ms", _Milliseconds, 0),
        scored_ms=reader.part("scored_ms", _Milliseconds, 0),
        scores=reader.part("scores", _Whole, 0),
        origin_ms=reader.part("origin_ms", _Milliseconds, 0),
        value=reader.columns(("value",), COLUMNS, _NAN),
        value_ms=reader.columns(("value_ms",), COLUMNS, 0).astype(np.int64),
        told_ms=reader.columns(("told_ms" if "told_ms" in document else "value_ms",), COLUMNS, 0).astype(np.int64),
        seen_ms=reader.columns(("seen_ms" if "seen_ms" in document else "value_ms",), COLUMNS, 0).astype(np.int64),
        every_ms=reader.columns(("every_ms",), COLUMNS, -1).astype(np.int64),
        fault=reader.columns(("fault",), NUMERICS, 0).astype(np.int64),
        points=reader.points(),
        devices=reader.items("devices", Device, shown=Shown),
        labs={name: tuple(one) for name, one in reader.items("labs", _Result).items()},
        open_bin=Bin(
            reader.columns(("open_bin", "total"), BIN_VITALS, 0),
            reader.columns(("open_bin", "count"), BIN_VITALS, 0).astype(np.int64),
            reader.columns(("open_bin", "labs"), ANALYTES, _NAN),
        ),
        waiting=[tuple(one) for one in reader.listed("waiting", _Hour)],
        episodes=reader.episodes(),
        begun_s=reader.part("begun_s", dict[str, _Moment], {}),
        device_alarms=reader.items("device_alarms", RaisedAlarm),
        untold=reader.items("untold", Untold),
        settings=reader.items("settings", Setting),
        alarms=reader.items("alarms", ActiveAlarm),
        genes=therapy.genes_of_earlier(reader.items("genes", Gene)),
        variants=reader.items("variants", Variant),
        drugs=drugs,
        stopped=reader.part("stopped", dict[str, float], {}),
        named=therapy.names_of_earlier(reader.items("named", Named), drugs),
        lesions=reader.items("lesions", Lesion),
        pathology=reader.items("pathology", Pathology, findings=Finding, contradictions=Contradiction),
        proposed=reader.items("proposed", Proposed),
        withdrawn=reader.part("withdrawn", dict[str, _Whole], {}),
        suggested=reader.part("suggested", dict[str, float], {}),
        risk=np.frombuffer(fields["risk"], "<f4").astype(np.float32) if fields.get("risk") else None,
        risk_version=reader.part("risk_version", str, ""),
    )
    unknown = reader.unknown()
    if number > FORMAT or unknown:
        state.newer = Newer(number, readable_from, unknown)
    return Loaded(state, tuple(reader.unread))


_Whole = Annotated[int, Field(ge=-(2**53), le=2**53)]
"""Whole numbers that stay whole in JSON and fit into every array and every sum that is made of them."""
_YEAR_10000_S: Final = 253_402_300_800
_Moment = Annotated[float, Field(ge=0, lt=_YEAR_10000_S)]
_Milliseconds = Annotated[int, Field(ge=0, lt=1000 * _YEAR_10000_S)]
"""Moments of which there can be a date."""
_RULES: Final = {rule.condition: rule for rule in (*FRAME_RULES, *BESIDE_FRAMES)}


_Points = Annotated[int, Field(ge=MISSING, le=3)]


class _Result(NamedTuple):
    value: float
    time_ms: int


class _Hour(NamedTuple):
    hour: int
    end_ms: int
    row: list[float | None]


_LONGEST_OF_FORMAT_1: Final[dict[_Kind, int]] = {Episode: Episode._fields.index("gained_s")}
"""Of rows by position that have grown since: how many fields format 1 knew."""
_STAY: Final = tuple(Stay.__dataclass_fields__)
_STAY_TYPE: Final[TypeAdapter[Stay]] = TypeAdapter(Stay)
_MOMENTS: Final = (
    "start_s", "sounded_s", "first_s", "acknowledged_s", "clearing_s", "easing_s", "known_s", "told_s",
)  # fmt: skip
_PATHOLOGY_LISTS: Final = ("findings", "contradictions")


@cache
def _adapter(kind: _Kind) -> TypeAdapter[Any]:
    return TypeAdapter(kind)


def _measured(names: Sequence[str], values: NDArray[np.float64]) -> dict[str, float]:
    return {name: value for name, value in zip(names, values.tolist(), strict=True) if value == value}  # noqa: PLR0124 - NaN is not itself


def _nonzero(names: Sequence[str], values: NDArray[Any]) -> dict[str, float]:
    return {name: value for name, value in zip(names, values.tolist(), strict=True) if value}


def _device_fields(device: Device) -> dict[str, Any]:
    return device._asdict() | {"shown": [one._asdict() for one in device.shown]}


def _pathology_fields(read: Pathology) -> dict[str, Any]:
    lists = {name: [one._asdict() for one in getattr(read, name)] for name in _PATHOLOGY_LISTS}
    return read._asdict() | lists


def _at(document: _Json, place: _Place) -> _Json:
    """What stands at a place of a document; None where there is no such place."""
    for step in place:
        try:
            document = document[step]
        except (KeyError, IndexError, TypeError):
            return None
    return document


class _Reader:
    """Reads a stored document part by part, noting what it can't read and what it does not know."""

    def __init__(self, document: dict[str, Any]) -> None:
        self.unread: list[str] = []
        self._document = document
        self._unknown: dict[_Place, dict[str, Any]] = {}
        self._asked: set[str] = set()

    def unknown(self) -> dict[_Place, dict[str, Any]]:
        """By place, the fields that nobody has asked for."""
        top = {name: value for name, value in self._document.items() if name not in self._asked}
        return self._unknown | ({(): top} if top else {})

    def part(self, name: str, kind: _Kind, default: _Json) -> _Json:
        """A part that is one value; the default where there is none, or where it can't be read."""
        raw = self._raw(name)
        try:
            return default if raw is None else _adapter(kind).validate_python(raw, strict=kind is str)
        except ValidationError:
            self.unread.append(name)
            return default

    def stay(self) -> Stay:
        """What admission data said; field by field, so that one that can't be read leaves the others."""
        raw = self._raw("stay")
        known = {name: value for name, value in raw.items() if name in _STAY and value is not None} if raw else {}
        self._keep(("stay",), {name: value for name, value in (raw or {}).items() if name not in _STAY})
        while True:
            try:
                return _STAY_TYPE.validate_python(known)
            except ValidationError as error:
                broken = {str(one["loc"][0]) for one in error.errors(include_input=False) if one["loc"]}
                self.unread.extend(f"stay.{name}" for name in sorted(broken))
                known = {name: value for name, value in known.items() if name not in broken}

    def columns(self, place: tuple[str, ...], names: Sequence[str], absent: float) -> NDArray[np.float64]:
        """An array with a number for each name; `absent` where there is none."""
        self._asked.add(place[0])
        raw = _at(self._document, place)
        if isinstance(raw, list):  # format 1
            raw = dict(zip(names, raw, strict=False))
        raw = raw if isinstance(raw, dict) else {}
        self._keep(place, {name: value for name, value in raw.items() if name not in names})
        found = [raw.get(name) for name in names]
        try:
            return np.array([absent if value is None else float(value) for value in found], np.float64)
        except (TypeError, ValueError):
            self.unread.append(".".join(place))
            return np.full(len(names), absent, np.float64)

    def items(self, name: str, kind: _Kind, **nested: _Kind) -> dict[str, Any]:
        """A part that is a dictionary of items; one that can't be read costs itself alone."""
        raw = self._raw(name)
        if raw is not None and not isinstance(raw, dict):
            self.unread.append(name)
            return {}
        rows = [((name, key), key, one) for key, one in (raw or {}).items()]
        return dict(self._each(rows, kind, nested))

    def points(self) -> NDArray[np.int8] | None:
        """The points of NEWS2; None where there are none of all its parameters."""
        read = self.part("points", list[_Points], [])
        return np.array(read, np.int8) if len(read) == len(PARAMETERS) else None

    def episodes(self) -> dict[str, Episode]:
        """The alarms; one that its rule can't have, such as one with a newer version's level, costs itself alone."""
        read = self.items("episodes", Episode)
        fitting = {condition: one for condition, one in read.items() if _fits(one, _RULES.get(condition))}
        self.unread.extend("episodes" for _ in range(len(read) - len(fitting)))
        return fitting

    def listed(self, name: str, kind: _Kind) -> list[Any]:
        """A part that is a list of items."""
        raw = self._raw(name)
        if raw is not None and not isinstance(raw, list):
            self.unread.append(name)
            return []
        return [one for _, one in self._each([((name, at), at, one) for at, one in enumerate(raw or [])], kind, {})]

    def _each(
        self,
        rows: Iterable[tuple[_Place, Any, Any]],
        kind: _Kind,
        nested: Mapping[str, _Kind],
    ) -> Iterable[tuple[Any, Any]]:
        for place, key, row in rows:
            try:
                yield key, _adapter(kind).validate_python(self._named(place, row, kind, nested))
            except (ValidationError, TypeError, AttributeError):
                self.unread.append(str(place[0]))

    def _named(self, place: _Place, row: _Json, kind: _Kind, nested: Mapping[str, _Kind]) -> dict[str, Any]:
        """The fields of an item that we know, by name; the others are kept."""
        names = kind._fields[: _LONGEST_OF_FORMAT_1.get(kind, len(kind._fields))]
        named = dict(zip(names, row, strict=False)) if isinstance(row, list) else dict(row)  # a list: format 1
        self._keep(place, {name: value for name, value in named.items() if name not in kind._fields})
        known = {name: value for name, value in named.items() if name in kind._fields}
        for name, inner in nested.items():
            known[name] = [
                self._named((*place, name, at), one, inner, {}) for at, one in enumerate(known.get(name) or [])
            ]
        return known

    def _keep(self, place: _Place, fields: dict[str, Any]) -> None:
        if fields:
            self._unknown[place] = fields

    def _raw(self, name: str) -> _Json:
        self._asked.add(name)
        return self._document.get(name)


def _fits(episode: Episode, rule: Rule | None) -> bool:
    """Whether an alarm is one that its rule can have; of a condition that is no more it may be any.

    It speaks of the levels that the rule has; it has a signal once it has started, and not before; what latches may be
    latched; its moments are ones of which there can be a date.
    """
    if rule is None:
        return True
    levels = len(rule.levels)
    within = 0 <= episode.level < levels and 0 <= episode.eased < levels and 0 <= episode.over <= levels
    sounds = (episode.signal == "off") == (episode.start_s is None)
    sounds &= rule.latching or episode.signal != "latched"
    counted = len(episode.since_s) == levels and len(episode.gained_s) in ({levels} if episode.over else {0, levels})
    moments = (getattr(episode, name) for name in _MOMENTS)
    dated = all(one is None or 0 <= one < _YEAR_10000_S for one in (*episode.since_s, *moments))
    return sounds and within and counted and dated
