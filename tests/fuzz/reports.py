"""The door of pathology reports: text as people write it."""

import re
from typing import Final

import orjson

from models.pathology.record import findings_of
from schemas.examples import EXAMPLES
from schemas.pathology import PathologyReport
from stream.delivery.decode import Refused, decode
from stream.delivery.outputs import output
from tests.builders.pathology_reports import REPORTS
from tests.builders.ports import NOW_MS
from tests.fuzz.letters_checked import checked_letter
from tests.fuzz.told import NAME, NUMBER, listening, nobody_named
from tests.fuzz.watched import FUTURE_MS, a_line

_LONGEST: Final = 100_000  # characters, as the schema has it
_AGAIN: Final = "*"
_EXAMPLE: Final = EXAMPLES["pathology-reports"][0]
_MARKS: Final = ("\n", ":", ";", "(", ")", "%", "- ", "2+", "+3=", "≥", "µm", "\u2028", "\x00", "pT1c pN0(sn)", "A. ")

SEEDS = (
    *(report.text.encode() for report in REPORTS.values()),
    _EXAMPLE["text"].encode(),
    f"{_AGAIN}ER positive (95%), HER2 2+; grade 2 (3+2+2=7/9). Patient: {NAME} {NUMBER}\n".encode(),
    f"FINAL DIAGNOSIS:\n{NAME.upper()}: INVASIVE CARCINOMA OF {NAME.upper()}, MRN {NUMBER}".encode(),
)
_TERMS: Final = sorted({term for report in REPORTS.values() for term in re.findall(r"[A-Za-z]{2,}", report.text)})
WORDS = tuple(word.encode() for word in (*_MARKS, *_TERMS, NAME))


def one(data: bytes) -> None:
    """The text of a report; behind a star as often as a report may be long.

    It becomes findings or a dead letter, in the time that one report may take; a planted name is in no log line, no
    finding and no letter's own header.
    """
    text = data.decode("utf-8", "replace")
    if text.startswith(_AGAIN) and len(text) > 1:
        text = (text[1:] * (_LONGEST // len(text)))[:_LONGEST]
    with listening():
        decoded = decode(a_line("pathology-reports", orjson.dumps(_EXAMPLE | {"text": text})), NOW_MS, FUTURE_MS)
        if isinstance(decoded, Refused):
            checked_letter(decoded)
            return
        assert isinstance(decoded.model, PathologyReport)
        sent = output("pathology-findings", findings_of(decoded.model, "1.0"), None)
        nobody_named((sent.value or b"").decode())
        assert len(sent.value or b"") < _LONGEST
