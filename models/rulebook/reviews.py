"""When each table of rules was last compared with its sources, when that is due again, and what has been replaced.

The dates are those of the comparison by the authors of the table. That it is due again a year later is ours: the
guidelines used here change every one to five years.
"""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Final, NamedTuple

EVERY: Final = timedelta(days=365)


class Review(NamedTuple):
    """When a table was compared with its sources, and by when that is due again."""

    compared: date
    due: date


def _on(day: date) -> Review:
    return Review(day, day + EVERY)


REVIEWS: Final[Mapping[str, Review]] = {
    "alarm": _on(date(2026, 11, 21)),
    "treatment": _on(date(2026, 11, 21)),
    "dpwg": _on(date(2026, 11, 30)),
    "variant": _on(date(2026, 11, 30)),
    "cpic": _on(date(2026, 11, 30)),
    "order": _on(date(2026, 11, 30)),
}
"""By kind of rule."""

_SSC_2026: Final = "Surviving Sepsis Campaign 2026, doi:10.1097/CCM.0000000000007075"
REPLACED: Final[Mapping[str, str]] = {
    "doi:10.1007/s00134-018-5085-0": _SSC_2026,
    "doi:10.1007/s00134-021-06506-y": _SSC_2026,
}
"""By the reference of a source: the newer edition that is known and not encoded."""
