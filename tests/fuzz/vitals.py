"""The door of vital signs: frames and blocks."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

from schemas.examples import EXAMPLES
from schemas.vitals import NUMERICS, OBSERVED
from tests.fuzz.told import NAME, NUMBER, listening
from tests.fuzz.watched import Watched, a_line

_BEGIN = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
_FRAME, _BLOCK = EXAMPLES["vitals"]


def _lines(*records: dict[str, Any]) -> bytes:
    return b"\n".join(json.dumps(one, separators=(",", ":")).encode() for one in records)


def _course(*every: float, **measured: Any) -> list[dict[str, Any]]:
    return [{"patient": "p-1", "time": (_BEGIN + timedelta(seconds=after)).isoformat()} | measured for after in every]


SEEDS = (
    _lines(_FRAME),
    _lines(_BLOCK),
    _lines(*_course(*range(0, 60, 10), spo2_percent=80, heart_rate_bpm=150, systolic_mmhg=70)),
    _lines(*_course(0, 3600, 7300, 90_000, 900_000, heart_rate_bpm=72.5, consciousness="voice", on_oxygen=True)),
    _lines(*_course(0, 10, heart_rate_bpm=0, spo2_percent=-999, respiratory_rate_per_min=0)),
    _lines(_BLOCK | {"consciousness": ["alert", None, "pain"], "on_oxygen": [True, False, None]}, _FRAME),
    _lines(_FRAME | {"device": f"{NAME} {NUMBER}", "name": NAME, "heart_rate_bpm": 1e308, NAME: 1}),
    _lines(_FRAME | {"time": "2026-01-02T03:04:05+05:30"}, _FRAME | {"time": "0001-01-01T00:00:00Z"}),
)
WORDS = tuple(
    word.encode()
    for word in (
        *(f'"{name}":' for name in (*NUMERICS, *OBSERVED, "patient", "time", "times", "device", "sequence")),
        *('"alert"', '"confusion"', "null", "true", "NaN", "Infinity", "1e308", "-1e-308", "1e999", "0.21", "\\ud800"),
        *("2026-01-02T03:04:05Z", "9999-12-31T23:59:59Z", "-0001", "+23:59", "[", "]", "{", "}", ",", "\n", NAME),
    )
)


def one(data: bytes) -> None:
    """Frames and blocks, a line each, in two runs with a restart between them.

    Every record becomes frames or a dead letter; the core takes what is valid, whatever its numbers, and what is due
    once nothing comes any more comes to an end; the state is
    bounded and comes back as it was stored; a planted name is in no log line, no letter's own header and no alert.
    """
    records = [a_line("vitals", line, offset) for offset, line in enumerate(data.split(b"\n"))]
    ward = Watched()
    with listening():
        ward.frames(records[: len(records) // 2])
        ward.store_and_load()
        ward.frames(records[len(records) // 2 :])
        ward.a_day_passes()
        ward.store_and_load()
