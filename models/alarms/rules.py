"""The alarm limits: one row for each condition. Each row says whether its numbers come from a standard or are ours.

IEC 60601-1-8 leaves it to the manufacturer's risk file which priority a condition has. Ours follow the table of harm
and onset in its clause 6.1.2: medium where an injury that heals may be minutes away, high where death may be. A limit
is violated by a value at or beyond it, without rounding. NEWS2 is Royal College of Physicians 2017, chart 1. What was
read of each source, and how well, is in docs/sources.md.
"""

from typing import Final, Literal, NamedTuple

from models.misread_units import WORDS
from models.scores.news2 import BANDS
from schemas.alerts import Priority
from schemas.vitals import NUMERICS

VERSION: Final = "2"
"""The version of this table; a provenance names a rule as `<condition>/<VERSION>`. An episode keeps the one under which
it began."""
EDITION: Final = "alarm-limits-2026.2"
"""What a provenance gives as the data behind an alarm."""


class Level(NamedTuple):
    """At `limit` and beyond it the alarm has this priority."""

    priority: Priority
    limit: float


class Rule(NamedTuple):
    """When a condition begins, how severe it is, and when it is over.

    paced_by  the vital signs whose numbers bring news of the condition: their time is its time, and their cadence says
              whether another number will confirm one of them soon
    """

    condition: str
    type: Literal["physiological", "technical"]
    input: str
    unit: str
    direction: Literal["below", "above"]
    levels: tuple[Level, ...]  # ascending in severity
    clear: float  # at or beyond this it is well again; between it and the first limit nothing changes (hysteresis)
    delay_s: float  # a level counts once it has been violated for this long, less LEAK times the time in between
    clear_delay_s: float  # the alarm ends, or eases, once the value has been well, or better, for this long
    text: str
    source: str
    words: tuple[str, ...] = ()  # what the values 0, 1, 2 and so on of the input are called
    latching: bool = False  # the signal outlives the condition until somebody acknowledges it
    paced_by: tuple[str, ...] = ()
    silence_s: float | None = None  # so long an acknowledgement silences it; without, as long as its priority says
    informs: bool = False  # it is told and never sounds

    def sentence(self, value: float, limit: float) -> str:
        """The alert's text for a value and the limit that it violates."""
        if self.words:
            return self.text.format(value=self.words[int(value)], limit=self.words[int(limit)])
        return self.text.format(value=value, limit=limit)


LEAK: Final = 0.5
"""Time out of violation takes away half of what the same time in violation gave, so that one good value does not clear
the whole delay. Ours, after desaturation-seconds (Nellcor SatSeconds), which count down as they count up: milder than
that, since a monitor that shows artefacts half of the time must alarm within a minute (4 x 15 s)."""

# Goerges 2009, doi:10.1213/ane.0b013e31819bdfbb: of the alarms that were ignored or led to nothing a delay of 14 s
# would have removed half, one of 19 s two thirds. 15 s is ours, at the short end.
_DELAY_S: Final = 15.0
_CLEAR_S: Final = 60.0  # ours: a value that swings round its limit is one alarm, not one for each swing
_SLOW_S: Final = 60.0  # ours: a body temperature does not change within seconds, but a probe that slips does


def _limits(
    condition: str,
    vital: str,
    unit: str,
    levels: tuple[tuple[Priority, float], ...],
    clear: float,
    text: str,
    source: str,
    delay_s: float = _DELAY_S,
) -> Rule:
    """A row on one vital sign; which side is bad follows from the clear limit."""
    direction: Literal["below", "above"] = "below" if clear > levels[0][1] else "above"
    return Rule(
        condition,
        "physiological",
        vital,
        unit,
        direction,
        tuple(Level(*level) for level in levels),
        clear,
        delay_s,
        _CLEAR_S,
        text,
        source,
        paced_by=(vital,),
    )


# fmt: off
SPO2_LOW: Final = _limits(
    "spo2-low", "spo2_percent", "%", (("medium", 90), ("high", 85)), 92,
    "SpO2 {value:.0f} % (limit {limit:.0f} %)",
    "ours: 90 is one point below the 3-point edge of NEWS2 (91), 92 begins its 2-point cell, 85 is ours alone")
SPO2_LOW_SCALE2: Final = SPO2_LOW._replace(
    levels=(Level("medium", 83), Level("high", 78)), clear=85,
    source="83: 3-point edge of NEWS2's SpO2 scale 2 (prescribed target 88-92 %); 78 and 85 ours")
"""Used instead of SPO2_LOW where a prescriber set the lower target, since those patients live below 90 %."""

# A band leaves no room for a hysteresis in value, so it has one in time.
NEWS2: Final = Rule(
    "news2", "physiological", "news2_band", "{score}", "above",
    (Level("low", 1), Level("medium", 2), Level("high", 3)), 0, 20.0, 300.0,
    "NEWS2 clinical risk is {value}",
    "bands of the table of responses of NEWS2 (RCP 2017); 20 s and 300 s ours", BANDS)

LIMIT_RULES: Final[tuple[Rule, ...]] = (
    _limits("heart-rate-high", "heart_rate_bpm", "/min", (("medium", 131), ("high", 150)), 125,
            "heart rate {value:.0f}/min (limit {limit:.0f}/min)",
            "131: 3-point edge of NEWS2; 150 and 125 ours"),
    _limits("heart-rate-low", "heart_rate_bpm", "/min", (("medium", 40), ("high", 30)), 45,
            "heart rate {value:.0f}/min (limit {limit:.0f}/min)",
            "40: 3-point edge of NEWS2; 30 and 45 ours"),
    SPO2_LOW,
    _limits("respiratory-rate-high", "respiratory_rate_per_min", "/min", (("medium", 25), ("high", 35)), 23,
            "respiratory rate {value:.0f}/min (limit {limit:.0f}/min)",
            "25: 3-point edge of NEWS2; 35 and 23 ours"),
    _limits("respiratory-rate-low", "respiratory_rate_per_min", "/min", (("medium", 8), ("high", 5)), 10,
            "respiratory rate {value:.0f}/min (limit {limit:.0f}/min)",
            "8: 3-point edge of NEWS2; 5 and 10 ours"),
    _limits("systolic-high", "systolic_mmhg", "mm[Hg]", (("medium", 220),), 210,
            "systolic pressure {value:.0f} mmHg (limit {limit:.0f} mmHg)",
            "220: 3-point edge of NEWS2; 210 ours"),
    _limits("systolic-low", "systolic_mmhg", "mm[Hg]", (("medium", 90), ("high", 70)), 95,
            "systolic pressure {value:.0f} mmHg (limit {limit:.0f} mmHg)",
            "90: 3-point edge of NEWS2; 70: 3-point edge of MEWS (Subbe 2001, doi:10.1093/qjmed/94.10.521); 95 ours"),
    # The target is 65 mmHg, so 64 is the first whole number that misses it.
    _limits("mean-arterial-low", "mean_arterial_mmhg", "mm[Hg]", (("medium", 64), ("high", 55)), 67,
            "mean arterial pressure {value:.0f} mmHg (limit {limit:.0f} mmHg)",
            "64: target of 65 mmHg, Surviving Sepsis Campaign 2021, doi:10.1007/s00134-021-06506-y; 55 and 67 ours"),
    _limits("temperature-high", "temperature_celsius", "Cel", (("low", 39.1), ("medium", 40.5)), 38.6,
            "temperature {value:.1f} C (limit {limit:.1f} C)",
            "39.1: 2-point edge of NEWS2, its highest for fever; 40.5 and 38.6 ours", _SLOW_S),
    _limits("temperature-low", "temperature_celsius", "Cel", (("low", 35.0), ("medium", 33.0)), 35.5,
            "temperature {value:.1f} C (limit {limit:.1f} C)",
            "35.0: 3-point edge of NEWS2; 33.0 and 35.5 ours", _SLOW_S),
    # A tube that slipped, a circuit that came apart, no output of the heart: the last number before there is none.
    _limits("etco2-low", "etco2_mmhg", "mm[Hg]", (("medium", 25), ("high", 10)), 28,
            "end-tidal CO2 {value:.0f} mmHg (limit {limit:.0f} mmHg)",
            "10: nobody whose end-tidal CO2 stayed there lived (Levine 1997, doi:10.1056/NEJM199707313370503); "
            "25 and 28 ours"),
    # Both may be within their limits and their ratio is not.
    # One level, since where it is worse the alarms on its parts say so.
    _limits("shock-index", "shock_index", "1", (("medium", 1.0),), 0.9,
            "heart rate over systolic pressure is {value:.2f} (limit {limit:.1f})",
            "1.0: moderate shock (Mutschler 2013, doi:10.1186/cc12851); 0.9 ours",
            )._replace(paced_by=("heart_rate_bpm", "systolic_mmhg")),
    NEWS2,
)

SENSORS: Final = (
    ("heart_rate", "heart_rate_bpm"),
    ("spo2", "spo2_percent"),
    ("respiratory_rate", "respiratory_rate_per_min"),
    ("arterial_pressure", "mean_arterial_mmhg"),
    ("etco2", "etco2_mmhg"),
)
"""The sensors that have technical alarms of their own: how a condition names them, and their column."""


def _sign(
    condition: str,
    priority: Priority,
    delays_s: tuple[float, float],
    text: str,
    source: str,
    paced_by: tuple[str, ...],
    name: str = "",
) -> Rule:
    """A row on something that is there or not; its input is called as the condition, unless `name` says otherwise."""
    physiological = condition in {"asystole", "apnoea"}
    return Rule(
        condition,
        "physiological" if physiological else "technical",
        name or condition.replace("-", "_"),
        "1",
        "above",
        (Level(priority, 1),),
        0,
        *delays_s,
        text,
        source,
        paced_by=paced_by,
    )


# A monitor's own asystole alarm comes 3 to 10 s after the last beat (Mindray BeneVision, Edan Elite V6), within the
# 10 s that IEC 60601-2-27 and AAMI EC13 allow; a heart rate of 0 is shown when that has passed, 5 s on top are ours.
ASYSTOLE: Final = _sign(
    "asystole", "high", (5.0, 60.0),
    "no heartbeat and no sign of a circulation: look at the patient now",
    "10 s: IEC 60601-2-27, AAMI EC13; 5 s and what speaks against it ours (models/watch/signs.py)",
    ("heart_rate_bpm", "mean_arterial_mmhg"))
# An apnoea alarm is due 20 s after the last breath (default of GE Carescape and Draeger Apollo).
APNOEA: Final = _sign(
    "apnoea", "high", (15.0, 30.0),
    "no breath: look at the patient now",
    "20 s: default of monitors (GE Carescape, Draeger Apollo); 15 s after the rate reads 0 ours",
    ("respiratory_rate_per_min", "etco2_mmhg"))

_TECHNICAL: Final = "ours; IEC 60601-1-8: a technical alarm condition"
_OFF: Final[dict[str, tuple[Priority, str]]] = {
    "heart_rate": ("medium", "heart rate reads sensor off or is gone: lead off, or no beat; look at the patient"),
    "spo2": ("low", "SpO2 reads sensor off or is gone"),
    "respiratory_rate": (
        "medium", "respiratory rate reads sensor off or is gone: sensor off, or no breath; look at the patient"),
    "arterial_pressure": ("low", "the arterial pressure reads sensor off or is gone"),
    "etco2": ("low", "end-tidal CO2 reads sensor off or is gone"),
}
SENSOR_OFF: Final = tuple(
    _sign(f"sensor-off:{short}", _OFF[short][0], (60.0, 5.0), _OFF[short][1], _TECHNICAL, (vital,), f"{short}_off")
    for short, vital in SENSORS
)
CONTRADICTING: Final = tuple(
    _sign(f"devices-contradict:{short}", "low", (60.0, 60.0),
          f"two devices show a different {short.replace('_', ' ')}; the worse one counts",
          _TECHNICAL, (vital,), f"{short}_contradicts")
    for short, vital in SENSORS
)
# 30 s so that it is told within a minute of the first number, whatever the cadence.
IMPLAUSIBLE: Final = _sign(
    "signal-implausible", "low", (30.0, 60.0), "{value}", _TECHNICAL, NUMERICS)._replace(words=WORDS)
FRAMES_LOST: Final = _sign(
    "frames-lost", "low", (10.0, 60.0), "frames of a device are missing on the way", _TECHNICAL, NUMERICS)

FRAME_RULES: Final[tuple[Rule, ...]] = (
    *LIMIT_RULES, ASYSTOLE, APNOEA, *SENSOR_OFF, *CONTRADICTING, IMPLAUSIBLE, FRAMES_LOST)
"""What every frame is graded by, in the order of the columns of `grading.grade`."""

SEPSIS_RISK: Final = Rule(
    "sepsis-risk", "physiological", "sepsis_alarm", "1", "above",
    (Level("medium", 1),), 0, 0.0, 3600.0,
    "the forecast of sepsis is over its alarm threshold",
    "ours: the threshold is the model's, fitted on patients that trained nothing; over after an hour below it",
    latching=True)
"""Graded after each forecast. It latches, because a risk that came and went while nobody looked is still news."""


class Extreme(NamedTuple):
    """Strictly beyond this a single number counts, without any delay, at the rule's highest priority."""

    condition: str
    beyond: float
    source: str


EXTREMES: Final[tuple[Extreme, ...]] = (
    Extreme("spo2-low", 80, "a desaturation alarm has no delay (Philips MP2, instructions for use); 80 ours"),
    Extreme("heart-rate-low", 30, "extreme bradycardia is a red alarm at once (Philips MP5); 30 ours"),
    Extreme("heart-rate-high", 180, "extreme tachycardia is a red alarm at once (Philips MP5); 180 ours"),
    Extreme("mean-arterial-low", 45, "ours: 20 under the target of 65 mmHg"),
)
EXTREME_SCALE2: Final = Extreme("spo2-low", 73, "ours: as far below the high limit as on scale 1")
# fmt: on

SPOT_AFTER_S: Final = 300.0
"""Ours: a number that comes later than this after the one before it stands alone: nothing will confirm it in time."""
