"""Meaning of percentages and scores of receptors: each threshold with its guideline."""

from functools import lru_cache
from typing import Final

ER_POSITIVE_PERCENT: Final = 1.0
ER_LOW_PERCENT: Final = 10.0
"""ASCO/CAP 2020, doi:10.1200/JCO.19.02309: 1 % to 100 % of nuclei are positive, 1 % to 10 % ER low positive."""

HER2_OF_IHC: Final = {"0": "negative", "1+": "negative", "2+": "equivocal", "3+": "positive"}
HER2_OF_ISH: Final = {"not amplified": "negative", "amplified": "positive"}
"""ASCO/CAP 2018, doi:10.1200/JCO.2018.77.8738, affirmed 2023, doi:10.1200/JCO.22.02864: of 2+, ISH decides. It is
taken as the report words it; its ratios and copy numbers are not judged here."""


@lru_cache(maxsize=4096)
def interval(amount: str) -> tuple[float, float]:
    """Return the least and the greatest value of an amount: "90", "91-100", "<1", ">=10"; infinity where it is open.

    A bound that is excluded is moved inwards by a thousandth.
    """
    for mark, least, most in (("<=", 0.0, 0.0), (">=", 0.0, 0.0), ("<", 0.0, -0.001), (">", 0.001, 0.0)):
        if amount.startswith(mark):
            number = float(amount[len(mark) :])
            return (0.0, number + most) if mark[0] == "<" else (number + least, float("inf"))
    low, _, high = amount.partition("-")
    return float(low), float(high or low)


def receptor_of_percent(name: str, percent: str) -> str | None:
    """Return the status of ER or PR ("er", "pr") by the percentage of positive nuclei; None where it is ambiguous."""
    low, high = interval(percent)
    if high < ER_POSITIVE_PERCENT:
        return "negative"
    if low < ER_POSITIVE_PERCENT:
        return None
    return "low positive" if name == "er" and high <= ER_LOW_PERCENT else "positive"
