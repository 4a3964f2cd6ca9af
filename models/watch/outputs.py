"""Wire records from what the watch path found out: scores, alerts, forecasts. Ids are functions of input and rule."""

from collections.abc import Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from typing import Final
from uuid import UUID

from models.alarms import rules
from models.alarms.episodes import Episode, Step
from models.alarms.rules import Rule
from models.risk.explanation import Driver
from models.risk.wording import reasons
from models.scores import news2
from models.watch.care import Told
from models.watch.clocks import ClockNews
from models.watch.forecast import Forecast, Forecaster, FurtherForecast
from models.watch.frames import Rows
from models.watch.state import COLUMNS, PatientState
from schemas import forecasts, identity
from schemas.alerts import Alert, Confirmation, Evidence, Inactivation, SettingSaid, WardStatus
from schemas.forecasts import EarlyWarningScore, RiskForecast, ScorePart
from schemas.wire import Provenance

SOFTWARE: Final = version("wardwatch")
INACTIVATED: Final[dict[Inactivation, str]] = {
    "audio-paused": "; paused by staff",
    "alarm-paused": "; the patient is on standby or away",
    "audio-off": "; its sound is turned off",
}
"""How the sentence of an alarm goes on while staff have inactivated its signal."""
_MEDIUM_BAND: Final = news2.BANDS.index("medium")
_COLUMN: Final = {name: COLUMNS.index(name) for name in news2.PARAMETERS}


def moment(time_ms: int) -> datetime:
    """Event time as an aware UTC time."""
    return datetime.fromtimestamp(time_ms / 1000, UTC)


def score(patient: str, rows: Rows, at: int, nth: int = 0) -> EarlyWarningScore:
    """The NEWS2 of one row, the one after `nth` others of the same moment.

    That tells two scores apart that say the same of a moment, with a correction and its own correction between them.
    """
    points = rows.points[at]
    now_ms = int(rows.now_ms[at])
    values, values_ms = rows.current[at].tolist(), rows.current_ms[at].tolist()
    parts = []
    for parameter, known in zip(news2.PARAMETERS, points.tolist(), strict=True):
        column = _COLUMN[parameter]
        value, value_ms = values[column], values_ms[column]
        if parameter == "on_oxygen":
            value, value_ms = float(rows.oxygen.on[at]), int(rows.oxygen.since_ms[at])
        if value != value:  # noqa: PLR0124 - NaN is not itself
            parts.append(ScorePart(parameter=parameter))
            continue
        shown: float | str = news2.LEVELS[int(value)] if parameter == "consciousness" else value
        age_s = (now_ms - value_ms) / 1000
        parts.append(
            ScorePart(parameter=parameter, value=shown, points=None if known == news2.MISSING else known, age_s=age_s)
        )
    total = int(rows.totals.total[at])
    said = (str(total), points.tobytes().hex(), *([str(nth)] if nth else []))
    return EarlyWarningScore(
        id=identity.output_id("score", patient, news2.RULE, moment(now_ms), *said),
        patient=patient,
        time=moment(now_ms),
        score="NEWS2",
        total=total,
        lower=total,
        upper=int(rows.totals.upper[at]),
        complete=bool(rows.totals.complete[at]),
        band=news2.BANDS[int(rows.totals.band[at])],
        parts=tuple(parts),
        missing=tuple(part.parameter for part in parts if part.points is None),
        provenance=Provenance(software=SOFTWARE, rule=news2.RULE, data=news2.EDITION),
    )


def episode_id(patient: str, rule: Rule, of: Episode | Step, model_version: str | None) -> UUID:
    """The id that all alerts of an episode share; the model's version counts for a risk alarm only."""
    return _id(patient, rule.condition, of.version, of.start_s or 0.0, model_version)


def _id(patient: str, condition: str, rules_version: str, start_s: float, model_version: str | None) -> UUID:
    source = f"{condition}/{rules_version}"
    if condition == rules.SEPSIS_RISK.condition and model_version is not None:
        source = f"{source}/{model_version}"
    return identity.output_id("alert", patient, source, moment(round(start_s * 1000)))


def alert(
    patient: str,
    rule: Rule,
    step: Step,
    model_version: str | None = None,
    data: str = rules.EDITION,
    confirmed_by: tuple[Confirmation, ...] | None = None,
    because: str = "",
) -> Alert:
    """One step of an alarm's life; behind a risk alarm stands a model, and its data.

    `because` names the record that made the step where its moment does not tell it from other steps.
    """
    start, time = moment(round(step.start_s * 1000)), moment(round(step.time_s * 1000))
    episode = episode_id(patient, rule, step, model_version)
    text = rule.sentence(step.value, step.limit)
    first = Evidence(name=rule.input, value=step.value, unit=rule.unit, limit=step.limit, doubtful=step.doubtful)
    evidence = [first]
    if rule is rules.NEWS2 and step.priority == "medium" and step.value < _MEDIUM_BAND and step.presence:
        text += "; the patient answers to voice or pain only, or not at all"
    if step.risen_to is not None:
        text += f"; acknowledged, and the score has risen to {step.risen_to} since"
        evidence.append(Evidence(name="news2_total", value=step.risen_to, unit=rule.unit))
    if step.doubtful:
        text += "; the value is doubtful"
    if step.inactivation is not None:
        text += INACTIVATED[step.inactivation]
    parent = None
    if step.parent_s is not None:
        parent = _id(patient, step.parent, step.parent_version, step.parent_s, None)
    said = tuple(filter(None, (step.signal, step.inactivation, because)))
    return Alert(
        id=identity.output_id("alert-step", patient, str(episode), time, step.phase, step.priority, *said),
        alert=episode,
        patient=patient,
        time=time,
        condition=rule.condition,
        type=rule.type,
        priority=step.priority,
        phase=step.phase,
        presence=step.presence,
        signal=step.signal,
        suppressed_by=parent,
        inactivation=step.inactivation,
        suppressed=step.hushed or None,
        recipients=step.group,
        episode_start=start,
        text=text,
        evidence=tuple(evidence),
        confirmed_by=confirmed_by,
        late=step.late,
        provenance=Provenance(
            software=SOFTWARE,
            rule=f"{rule.condition}/{step.version}",
            model=None if model_version is None else f"risk/{model_version}",
            data=data,
        ),
    )


def said_again(alert: Alert) -> Alert:
    """A step under an id of its own, which tells it from the step of that moment that it repeats."""
    more = (str(alert.alert), alert.time.isoformat(), "said-again", alert.priority, alert.signal)
    return alert.model_copy(update={"id": identity.output_id("alert-step", alert.patient, *more)})


def model_version(state: PatientState, rule: Rule) -> str | None:
    """The model behind a risk alarm: the one that the patient's state is of, also while no model is there."""
    return state.risk_version or None if rule is rules.SEPSIS_RISK else None


def clock(patient: str, news: ClockNews) -> WardStatus:
    """A device's clock is wrong, or runs as it should again."""
    time = moment(news.now_ms)
    device = f"device {news.device}" if news.device else "a device without a name"
    way = "behind" if news.skew_ms > 0 else "ahead"
    wrong = f"the clock of {device} is {abs(news.skew_ms) / 1000:.0f} s {way}; its frames count as of their arrival"
    return WardStatus(
        id=identity.output_id("ward-status", patient, "clock", time, news.device, str(news.skew_ms)),
        time=time,
        worker="watch",
        component="clock",
        patient=patient,
        part=news.device or None,
        state="degraded" if news.skew_ms else "restored",
        text=wrong if news.skew_ms else f"the clock of {device} runs steadily again",
        provenance=Provenance(software=SOFTWARE, rule="ward-status/1", data="none"),
    )


def setting(patient: str, told: Told) -> WardStatus:
    """What became of a setting of a patient's alarms."""
    one, time = told.setting, moment(told.setting.time_ms)
    until = moment(one.until_ms) if one.until_ms else None
    said = (one.action, one.condition, repr(one.limit), str(one.until_ms), one.reason, one.role, one.by)
    return WardStatus(
        id=identity.output_id("ward-status", patient, "alarms", time, told.outcome, str(told.at_ms), told.why, *said),
        time=moment(told.at_ms),
        worker="watch",
        component="alarms",
        patient=patient,
        part=one.place[:128],
        state="degraded" if told.stands else "restored",
        text=_setting_text(told),
        setting=SettingSaid(
            outcome=told.outcome,
            action=one.action,
            time=time,
            condition=one.condition or None,
            limit=one.limit,
            until=until,
            reason=one.reason or None,
            why=told.why or None,
            role=one.role,
            by=one.by,
        ),
        provenance=Provenance(software=SOFTWARE, rule="ward-status/1", data=rules.EDITION),
    )


def _setting_text(told: Told) -> str:
    one = told.setting
    if told.outcome == "refused":
        return f"refused to set {one.action}: {told.why}"
    silent = "no alarm sounds but arrest and extreme values"
    what = {
        "limit": f"{one.condition} begins at {one.limit}",
        "sound-off": f"{one.condition} does not sound at low and medium priority",
        "pause": f"paused: {silent}",
        "standby": f"on standby until vital signs are measured again: {silent}",
        "away": f"away for an examination: {silent}",
    }[one.action]
    if told.outcome == "accepted":
        return f"{what}; until {moment(one.until_ms):%d %H:%M:%S} UTC at the latest"
    return f"over, {told.why}: {what}" if told.why else f"over: {what}"


def risk_forecast(patient: str, made: Forecast, model: Forecaster) -> RiskForecast:
    """One forecast, with its drivers where it alarms."""
    kind = "closed" if made.due.closed else "provisional"
    drivers = _drivers(made.drivers)
    return RiskForecast(
        id=identity.output_id("forecast", patient, model.version, moment(made.due.time_ms), kind),
        patient=patient,
        time=moment(made.due.time_ms),
        outcome="sepsis",
        horizon_h=model.horizon_h,
        kind=kind,
        hour=made.due.hour,
        probability=made.probability,
        alarm=made.alarm and not made.abstained,
        abstained=made.abstained,
        abstained_because=made.because,
        drivers=drivers,
        sentence=sentence(made, model.horizon_h) if drivers else None,
        further=tuple(_further(one) for one in made.further),
        provenance=Provenance(software=SOFTWARE, model=f"risk/{model.version}", data=model.data_version),
    )


def _further(one: FurtherForecast) -> forecasts.FurtherRisk:
    """One forecast of what the vital signs will show."""
    said = None
    if one.drivers and one.probability is not None:
        said = f"Risk of {one.head.text} is {one.probability:.0%}; {reasons(one.drivers)}."
    return forecasts.FurtherRisk(
        outcome=one.head.name,
        horizon_h=one.head.horizon_h,
        probability=one.probability,
        abstained=one.because is not None,
        abstained_because=one.because,
        drivers=_drivers(one.drivers),
        sentence=said,
    )


def _drivers(some: Sequence[Driver]) -> tuple[forecasts.Driver, ...]:
    return tuple(
        forecasts.Driver(name=one.name, value=one.value, unit=one.unit, age_h=one.age_h, contribution=one.contribution)
        for one in some
    )


def sentence(made: Forecast, horizon_h: float) -> str:
    """Why a forecast alarms, in one plain sentence."""
    return f"Risk of sepsis within {horizon_h:.0f} h is {made.probability:.0%}; {reasons(made.drivers[:3])}."
