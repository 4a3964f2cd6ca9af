"""What a plan looks at besides a patient's state: records that the state does not keep."""

from collections.abc import Iterable
from typing import Final, NamedTuple

from schemas.forecasts import RiskForecast
from schemas.imaging import LesionReport
from schemas.nodules import LungNodule


class Seen(NamedTuple):
    """Records of one patient, each with what is asked of it; empty where nobody looked.

    announced  how many announcements of images and genomes were not followed here
    unused     how many parts of messages a gateway did not use
    """

    forecast: RiskForecast | None = None
    reports: tuple[LesionReport, ...] = ()
    nodules: tuple[LungNodule, ...] = ()
    announced: int = 0
    unused: int = 0


NOTHING_SEEN: Final = Seen()


def seen_of(records: Iterable[RiskForecast | LesionReport], nodules: tuple[LungNodule, ...] = ()) -> Seen:
    """Return what was seen, of records in the order in which they came: the latest forecast, and all reports."""
    forecast, reports = None, []
    for one in records:
        if isinstance(one, LesionReport):
            reports.append(one)
        elif forecast is None or one.time >= forecast.time:
            forecast = one
    return Seen(forecast, tuple(reports), nodules)


def latest_reports(reports: Iterable[LesionReport]) -> tuple[LesionReport, ...]:
    """Return the reports that still hold, the newest first: of a study, or a part of it, the last one."""
    newest: dict[tuple[str, int | None], LesionReport] = {}
    for one in reports:
        newest[one.study_uid, one.part] = one
    replaced = {old.id for one in newest.values() for old in one.replaces}
    holding = [one for one in newest.values() if one.id not in replaced]
    return tuple(sorted(holding, key=lambda one: (one.time, one.study_uid, one.part or 0), reverse=True))
