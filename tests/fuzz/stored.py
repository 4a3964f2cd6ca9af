"""The door of Redis: whatever lies there, the next frame and the next report are worked on."""

import asyncio
from collections.abc import Mapping
from typing import Any, Final, Self
from unittest.mock import patch

import orjson

from models.watch.state import PatientState
from models.watch.stored import NO_STATE, NewerStateError, from_fields, to_fields
from schemas.examples import EXAMPLES
from stream.delivery.dead_letters import Failure
from stream.delivery.sender import Delivery
from stream.settings import Settings
from stream.state.store import StateStore
from tests.builders.ports import NOW_S, SOON_S, FakeRun, FakeStore, a_record
from tests.builders.watch_frames import CountingModel, advanced
from tests.fuzz.told import NAME, NUMBER, listening
from tests.fuzz.watched import a_day_passes
from tests.stream.check import test_handler as check_path
from tests.stream.watch import test_handler as watch_path

_SETTINGS: Final = Settings()  # read once: that takes longer than an input
_BETWEEN: Final = b"\x1e"
_PATIENT: Final = "p-1"


def _lying(**fields: bytes) -> bytes:
    return _BETWEEN.join(part for name, value in fields.items() for part in (name.encode(), value))


def _state(**parts: Any) -> bytes:
    ill = {"spo2_percent": 80.0, "heart_rate_bpm": 150.0, "systolic_mmhg": 70.0}
    state = advanced([PatientState()], [(0, at, ill) for at in range(0, 4000, 500)], CountingModel()).states[0]
    fields = to_fields(state)
    document = orjson.loads(fields["state"])
    return _lying(revision=b"7", state=orjson.dumps(document | parts), risk=fields["risk"], logs=b"{}")


_DRUGS: Final = {"o": {"order": "o", "name": "clopidogrel", "time_s": 1.0, "dose": NAME}}
_CHECKED: Final = {"positions": {"imaging-ready/0": 1}, "counts": {}, "reports": ["a"], "standing": []}
SEEDS = (
    _state(),
    _state(format=3, readable_from=2, timers={NAME: [NUMBER]}, drugs=_DRUGS),
    _state(format=9, readable_from=9),
    _state(stay={"age_years": "old", "unit": NAME, "allergies": ["penicillin"]}, risk_version=7),
    _state(value=[1.0, None, 3.0], episodes={"spo2-low": ["a"]}, waiting=[[1, 2, [3.0]]], labs={"ph": [7.4, 1]}),
    _state(pathology={"r": {"report": "r", "time_s": 1, "sites": [], "findings": [{}], "contradictions": 5}}),
    _lying(revision=b"1", state=b'{"positions":{}}'),
    _lying(revision=b"1", state=orjson.dumps(_CHECKED), logs=b'{"imaging-ready/0":"t:1"}'),
    _lying(revision=b"1", state=orjson.dumps(_CHECKED), genomes=b'{"g":{"time_s":1,"genes":["TPMT"]},"h":[1]}'),
    _lying(state=b"[]"),
    _lying(revision=b"x", state=NAME.encode()),
    _lying(revision=b"3", writer=b"w", positions=b"none"),
    _lying(revision=b"1", state=b'{"positions":{},"format":"x","stay":[1],"counts":{"vitals":9223372036854775807}}'),
    _lying(revision=b"1", state=b'{"positions":{},"readable_from":"x"}'),
    _lying(revision=b"1", state=b'{"positions":{"vitals/0":9223372036854775807},"logs":{"vitals/0":":-1"}}'),
    _lying(revision=b"1", state=b'{"positions":{},"newest_ms":-9223372036854775808,"value_ms":{"spo2_percent":1e308}}'),
    _lying(revision=b"1", state=b'{"positions":{},"origin_ms":9223372036854775807,"waiting":[[1,2,[]]]}', risk=b"abc"),
    _lying(revision=b"1", state=b'{"positions":{},"a":' + b'{"b":' * 300 + b"1" + b"}" * 301),
)
WORDS = tuple(
    word.encode()
    for word in (
        *(f'"{name}":' for name in PatientState.__dataclass_fields__),
        *(
            '"format":',
            '"readable_from":',
            '"standing":',
            '"reports":',
            "null",
            "[]",
            "{}",
            '""',
            "1e308",
            "-1",
            "true",
        ),
        *(
            "18446744073709551615",
            "9223372036854775807",
            "[[[[[[[[",
            '{"a":' * 12,
            "}" * 12,
            "\x1e",
            "revision",
            "risk",
        ),
    )
)


def _settings(**_: object) -> Settings:
    return _SETTINGS


class _Redis:
    """A Redis that answers every pipeline with one hash."""

    def __init__(self, row: dict[bytes, bytes]) -> None:
        self.row = row

    def register_script(self, _: str) -> None:
        """Nothing is written by a script here."""

    def pipeline(self, *, transaction: bool) -> "_Redis":
        assert not transaction
        return self

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        """Nothing to close."""

    def hgetall(self, _: str) -> None:
        """Answered by `execute`."""

    async def execute(self) -> list[dict[bytes, bytes]]:
        return [dict(self.row)]


def one(data: bytes) -> None:
    """A hash of Redis: names and values of its fields.

    It is a state or no state; the patient's next frame gives a state that can be stored and read again, unless a newer
    version keeps what lies there; the next study is reported; a planted name is in no log line and no dead letter.
    """
    parts = data.split(_BETWEEN)
    lies: Any = _Redis(dict(zip(parts[::2], parts[1::2], strict=False)))
    with listening(), patch.object(watch_path, "Settings", _settings), patch.object(check_path, "Settings", _settings):
        stored = asyncio.run(StateStore(lies, "patient", 60).load([_PATIENT]))
        for lying in stored.values():
            _on_the_clock(lying.fields)
        assert asyncio.run(_watched(FakeStore(dict(stored))))
        assert asyncio.run(_checked(FakeStore(dict(stored))))


def _on_the_clock(fields: Mapping[str, bytes]) -> None:
    """What a state says is due comes to an end, if it is a state."""
    try:
        state = from_fields(7, fields).state
    except (NewerStateError, *NO_STATE):
        return
    a_day_passes(_PATIENT, state)


async def _watched(store: FakeStore) -> bool:
    bench = watch_path.Bench(CountingModel(), store)
    bench.now_s = NOW_S
    for offset in (10**6, 10**6 + 1):
        frame = watch_path.a_frame(offset - 10**6, watch_path.ILL, _PATIENT)
        await bench.take([a_record("vitals", frame, offset=offset)])
    handed_over = bench.settler.handed_over
    for one_run in handed_over:
        assert not one_run.writes or from_fields(0, dict(one_run.writes[_PATIENT].fields)).unread == ()
    deliveries = [one for run in handed_over for one in run.deliveries]
    letters = [Failure.read(one.output.headers) for one in deliveries if _is_letter(one)]
    assert not letters, letters[0].stacktrace
    return True


def _is_letter(delivery: Delivery) -> bool:
    return delivery.output.topic == "dead-letters"


async def _checked(store: FakeStore) -> bool:
    bench = check_path.Bench(store=store)
    study = a_record("imaging-ready", EXAMPLES["imaging-ready"][0] | {"patient": _PATIENT}, offset=10**6)
    async with asyncio.timeout(SOON_S):
        run = FakeRun([study])
        running: Any = run
        await bench.check.handle(running)
    assert run.begun
    return True
