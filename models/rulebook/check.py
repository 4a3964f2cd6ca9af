"""Check the whole set of rules at once."""

from datetime import date

from models.alarms.rules import EXTREMES, FRAME_RULES, SEPSIS_RISK
from models.rulebook.findings import (
    Finding,
    of_alarms,
    of_duplicates,
    of_orders,
    of_reviews,
    of_table,
    of_treatment,
    of_voices,
)
from models.rulebook.rows import rows
from models.treatment.dpwg import DPWG_RULES, SECONDS
from models.treatment.rules import RULES
from models.treatment.safety.check import CHECK_RULES


def check(today: date) -> tuple[Finding, ...]:
    """Return what is wrong with the rules on a day: faults, then where guidelines differ, then what is due."""
    listed = rows()
    return (
        *of_duplicates(listed),
        *of_alarms((*FRAME_RULES, SEPSIS_RISK), EXTREMES),
        *of_treatment((*RULES, *DPWG_RULES)),
        *of_table(RULES),
        *of_orders(CHECK_RULES),
        *of_voices(SECONDS, DPWG_RULES),
        *of_reviews(listed, today),
    )
