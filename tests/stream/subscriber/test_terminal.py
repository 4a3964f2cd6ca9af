"""What a sender writes into a record never steers the terminal of who looks at it."""

import json
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.text import Text

from schemas.alerts import Acknowledgement
from schemas.patients import PatientRecord
from stream.commands.tail import as_line, as_object
from stream.subscriber.lines import line
from stream.subscriber.terminal import printable, printable_text

STEERING = ("\x1b[2J", "\x9b2J", "\x07", "\x00", "\x0b", "\r", "\n", "\x7f", "\u2028", "\u202e31")


@pytest.mark.parametrize("steering", STEERING)
def test_a_bed_and_a_name_steer_no_terminal(steering: str) -> None:
    admitted = PatientRecord.model_validate({"patient": "p-1", "time": "2026-01-01T00:00:00Z", "bed": f"3{steering}B"})
    acknowledged = Acknowledgement.model_validate(
        {
            "patient": "p-1",
            "time": "2026-01-01T00:00:00Z",
            "alert": "6f0f3c1e-5d0b-5b6e-9a53-1d2a8f6c7e40",
            "by": f"Nurse{steering}",
        }
    )
    for record, topic in ((admitted, "patients"), (acknowledged, "acknowledgements")):
        shown = line(record).plain
        assert not set(steering[:1]) & set(shown)
        came = SimpleNamespace(
            topic=topic, partition=0, offset=0, timestamp=0, key=b"p-1", value=record.model_dump_json().encode()
        )
        assert as_line(came).plain == shown
        as_json = printable(json.dumps(as_object(came), ensure_ascii=False))
        assert not set(steering[:1]) & set(as_json)


@given(st.text())
def test_what_is_shown_has_nothing_that_acts_and_keeps_its_length(text: str) -> None:
    shown = printable(text)
    assert len(shown) == len(text)
    assert not any(ord(one) < 32 or 127 <= ord(one) < 160 for one in shown)
    assert printable(shown) == shown


def test_what_is_plain_stays_and_so_do_styles() -> None:
    assert printable("Bett 3, Müller 体温 ✓") == "Bett 3, Müller 体温 ✓"
    assert printable("a\nb", kept="\n") == "a\nb"
    text = Text("a\x1b").append("b", "bold")
    assert [(one.start, one.end) for one in printable_text(text).spans] == [(2, 3)]
