"""Where a number comes from stands beside it, also in an installed copy, which has no pages of docs."""

import re

import pytest

from models import vitals
from models.alarms import lifecycle, rules
from models.alarms.information import INFORMATION
from models.alarms.laboratory import CRITICAL_VALUES
from models.follow_up.rows import Listed, listed
from models.treatment.rules import RULES, Rule
from models.treatment.safety.check import CHECK_RULES

ALARMS = {f"{rule.condition} {rule.clear}": rule.source for rule in (*rules.FRAME_RULES, rules.SPO2_LOW_SCALE2)}
SIGNALS = {f"{signal} {event} {after}": source for signal, event, _, after, source in lifecycle.ROWS}
LIMITS = {row.field: row.source for row in vitals.PLAUSIBLE}
CRITICAL = {rule.condition: rule.source for rule in (*CRITICAL_VALUES, *INFORMATION)}
ROWS = ALARMS | CRITICAL | {"sepsis-risk": rules.SEPSIS_RISK.source} | SIGNALS | LIMITS

SAYS_WHENCE = re.compile(
    r"\bours\b|\bNEWS2\b|\bdoi:10\.|\bIEC 60601-1-8\b|\bcode (on|off|ack|latched)\b|\bHiRID\b|\bMIMIC-III\b"
)
OPENS_BY_ITSELF = re.compile(r"^doi:10\.\d{4,}/\S+$|^https://\S+$|\bISBN 978-|\bResolution \d+ \(\d{4}\)")


@pytest.mark.parametrize("source", ROWS.values(), ids=ROWS)
def test_a_row_says_itself_whence_its_numbers_come(source: str) -> None:
    assert SAYS_WHENCE.search(source)
    assert not re.search(r"\.md\b|docs/|reference/", source)


@pytest.mark.parametrize("rule", [*RULES, *CHECK_RULES, *listed()], ids=lambda rule: rule.id)
def test_a_treatment_rule_cites_what_a_reader_can_open(rule: Rule | Listed) -> None:
    assert OPENS_BY_ITSELF.search(rule.citation.reference)
