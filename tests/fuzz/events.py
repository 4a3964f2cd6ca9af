"""The door of the other records of the watch role: admissions, results, therapy, reports, acknowledgements and more."""

import json
import re
from datetime import UTC, datetime, timedelta
from itertools import groupby
from typing import Any, Final

from schemas.alerts import Alert
from schemas.examples import EXAMPLES
from tests.fuzz.told import NAME, NUMBER, listening
from tests.fuzz.watched import Watched, a_line

TOPICS: Final = {
    b"v": "vitals",
    b"p": "patients",
    b"l": "labs",
    b"g": "genomics",
    b"m": "medications",
    b"f": "pathology-findings",
    b"r": "lesion-reports",
    b"a": "acknowledgements",
    b"d": "device-alarms",
    b"s": "alarm-settings",
}
_BEGIN: Final = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
_ALERT: Final = re.compile(rb'(?<="alert":")[^"]*')


def _line(letter: str, record: dict[str, Any]) -> bytes:
    return letter.encode() + json.dumps(record, separators=(",", ":")).encode()


def _example(letter: str, **more: Any) -> bytes:
    return _line(letter, EXAMPLES[TOPICS[letter.encode()]][0] | more)


def _frames(*after_s: float, **measured: Any) -> list[bytes]:
    times = [(_BEGIN + timedelta(seconds=after)).isoformat() for after in after_s]
    return [_line("v", {"patient": "p-0017", "time": time} | measured) for time in times]


_ALARM: Final = _frames(*range(0, 60, 10), spo2_percent=80, heart_rate_bpm=150, systolic_mmhg=70)
SEEDS = (
    *(_example(letter.decode()) for letter in TOPICS),
    b"\n".join([_example("p"), *_ALARM, _example("a"), *_frames(300, 1300, spo2_percent=80), _example("a")]),
    b"\n".join([_example("d"), *_ALARM, _example("d", phase="end", state="inactive"), _example("d", device=NAME)]),
    b"\n".join([_example("m"), _example("g"), _example("m", status="stopped"), _example("l"), _example("f")]),
    b"\n".join(
        [
            _example("p"),
            *_ALARM,
            _example("s", time="2026-01-02T03:05:00Z"),
            *_frames(99, heart_rate_bpm=139, spo2_percent=9),
        ]
    ),
    b"\n".join([_example("p"), *_ALARM, _example("p", status="discharged"), *_frames(99, heart_rate_bpm=80)]),
    b"\n".join([_example("p", allergies=None, allergies_added=[NAME]), _example("p", allergies_removed=[NAME])]),
    b"\n".join(
        [_example("r"), _example("r", priority="urgent", suspicious_probability=0.9), _example("p", bed=NUMBER)]
    ),
    b"\n".join([_example("m", order=NAME, drug=NUMBER), _example("g", source=NAME, diplotype=NUMBER)]),
    b"\n".join([_example("l", time="2026-01-02T03:04:05.1Z"), *_ALARM, _example("l", lactate_mmol_per_l=1e308)]),
)
WORDS = tuple(
    word.encode()
    for word in (
        *sorted({f'"{name}":' for topic in TOPICS.values() for example in EXAMPLES[topic] for name in example}),
        *(f"\n{letter.decode()}" for letter in TOPICS),
        *("null", "true", "1e308", "-1", "NaN", '""', "[]", "{}", '"discharged"', '"updated"', '"stopped"', '"urgent"'),
        *("2026-01-02T03:04:05Z", "9999-12-31T23:59:59Z", "0001-01-01T00:00:00-23:59", "\\u0000", NAME),
    )
)


def one(data: bytes) -> None:
    """Records, a line each: a letter for the topic, then the value. An acknowledgement means the latest alarm.

    Every record becomes an event or a dead letter; the core takes what is valid; whatever comes, a patient's state is
    bounded and comes back as it was stored; a planted name is in no log line, no letter's own header and no alert.
    """
    ward = Watched()
    lines = [line for line in data.split(b"\n") if line[:1] in TOPICS]
    with listening():
        for letter, group in groupby(lines, lambda line: line[:1]):
            if letter == b"v":
                ward.frames([a_line("vitals", line[1:], offset) for offset, line in enumerate(group)])
                continue
            for offset, line in enumerate(group):
                ward.event(a_line(TOPICS[letter], _for_the_latest(line[1:], ward), offset))
            ward.store_and_load()
        ward.a_day_passes()
        ward.store_and_load()


def _for_the_latest(value: bytes, ward: Watched) -> bytes:
    alerts = [said.record.alert for said in ward.said if isinstance(said.record, Alert)]
    return _ALERT.sub(str(alerts[-1]).encode(), value) if alerts else value
