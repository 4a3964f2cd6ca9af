"""What is known of a patient after all records of a file, through the code that the stream runs."""

from collections.abc import Callable
from pathlib import Path
from typing import Final, NoReturn

from models.plan.seen import seen_of
from models.watch.forecast import Forecaster
from models.watch.state import PatientState
from models.watch.suggest import latest_s
from schemas.forecasts import RiskForecast
from schemas.imaging import LesionReport
from stream.delivery.decode import Decoded, Refused, decode
from stream.plans.known import Known
from stream.rehearsal.feed import Arrival, FeedError
from stream.rehearsal.patient_file import read
from stream.rehearsal.rehearse import Rehearsal
from stream.settings import Settings

PLAYED: Final = frozenset(
    {
        *("vitals", "labs", "patients", "genomics", "medications", "pathology-reports", "pathology-findings"),
        *("lesion-reports", "acknowledgements", "device-alarms", "alarm-settings"),
    }
)
"""The topics whose records change what is known of a patient."""
ANNOUNCED: Final = frozenset({"imaging-ready", "genomes-ready"})
"""Those that announce files, none of which is fetched here."""
KEPT: Final = frozenset({"forecasts", "lesion-reports"})
"""Those of which a plan shows the records themselves."""


def known_of_file(path: Path, settings: Settings, model: Callable[[], Forecaster]) -> Known:
    """Play a file about one patient to its last record, and return what is known then.

    `model` is called where vital signs are there to be forecast on.

    Raises:
        FeedError: a record can't be used, or several patients are meant; the text quotes nothing of it.
        OSError: the file can't be read.
    """
    file = read(path)
    used = [one for one in file.arrivals if one.topic in PLAYED | KEPT]
    names = {one.key.decode() for one in used} | {one.patient for one in file.nodules}
    if len(names) != 1:
        message = f"{path.name}: it is about {'several patients' if names else 'no patient'}"
        raise FeedError(message)
    (patient,) = names
    rehearsal = Rehearsal(model() if any(one.topic == "vitals" for one in used) else None, settings)
    kept: list[RiskForecast | LesionReport] = []
    for one in rehearsal.play((one for one in used if one.topic in PLAYED), until_quiet=False):
        if isinstance(one.record, Refused):
            _refuse(path, one.record.record.offset)
        if isinstance(one.record, RiskForecast):
            kept.append(one.record)
    kept += [_record(path, one, settings) for one in used if one.topic in KEPT]
    state = rehearsal.states.get(patient, PatientState())
    newest_s = max((one.timestamp for one in used), default=0) / 1000
    announced = sum(one.topic in ANNOUNCED for one in file.arrivals)
    seen = seen_of(kept, file.nodules)._replace(announced=announced, unused=file.unused)
    return Known(patient, state, latest_s(state, newest_s), seen)


def _record(path: Path, arrival: Arrival, settings: Settings) -> RiskForecast | LesionReport:
    one = decode(arrival, arrival.timestamp, round(settings.future_s * 1000))
    if not isinstance(one, Decoded) or not isinstance(one.model, RiskForecast | LesionReport):
        _refuse(path, arrival.offset)
    return one.model


def _refuse(path: Path, number: int) -> NoReturn:
    message = f"{path.name}, record {number}: it does not fit its topic"
    raise FeedError(message)
