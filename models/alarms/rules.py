"""The alarm limits: one row for each condition. Each row says whether its numbers come from a standard or are ours.

IEC 60601-1-8 leaves it to the manufacturer's risk file which priority a condition has. Ours follow the table of harm
and onset in its clause 6.1.2: medium where an injury that heals may be minutes away, high where death may be. A limit
is violated by a value at or beyond it, without rounding. NEWS2 is Royal College of Physicians 2017, chart 1. What was
read of each source, and how well, is in docs/sources.md.
"""

from typing import Final, Literal, NamedTuple

from models.scores.news2 import BANDS
from schemas.alerts import Priority
from schemas.vitals import NUMERICS

VERSION: Final = "1"
"""The version of this table; a provenance names a rule as `<condition>/<VERSION>`."""
EDITION: Final = "alarm-limits-2026.1"
"""What a provenance gives as the data behind an alarm."""


class Level(NamedTuple):
    """At `limit` and beyond it the alarm has this priority."""

    priority: Priority
    limit: float


class Rule(NamedTuple):
    """When a condition begins, how severe it is, and when it is over."""

    condition: str
    type: Literal["physiological", "technical"]
    input: str
    unit: str
    direction: Literal["below", "above"]
    levels: tuple[Level, ...]  # ascending in severity
    clear: float  # at or beyond this it is well again; between it and the first limit nothing changes (hysteresis)
    delay_s: float  # a level counts once it has been violated for this long without interruption
    clear_delay_s: float  # the alarm ends, or eases, once the value has been well, or better, for this long
    text: str
    source: str
    words: tuple[str, ...] = ()  # what the values 0, 1, 2 and so on of the input are called
    latching: bool = False  # the signal outlives the condition until somebody acknowledges it

    def sentence(self, value: float, limit: float) -> str:
        """The alert's text for a value and the limit that it violates."""
        if self.words:
            return self.text.format(value=self.words[int(value)], limit=self.words[int(limit)])
        return self.text.format(value=value, limit=limit)


# Goerges 2009, doi:10.1213/ane.0b013e31819bdfbb: of the alarms that were ignored or led to nothing a delay of 14 s
# would have removed half, one of 19 s two thirds. 15 s is ours, at the short end.
_DELAY_S: Final = 15.0
_CLEAR_S: Final = 60.0  # ours: a value that swings round its limit is one alarm, not one for each swing
_SLOW_S: Final = 60.0  # ours: a body temperature does not change within seconds, but a probe that slips does

# fmt: off
SPO2_LOW: Final = Rule(
    "spo2-low", "physiological", "spo2_percent", "%", "below",
    (Level("medium", 90), Level("high", 85)), 92, _DELAY_S, _CLEAR_S,
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

FRAME_RULES: Final[tuple[Rule, ...]] = (
    Rule("heart-rate-high", "physiological", "heart_rate_bpm", "/min", "above",
         (Level("medium", 131), Level("high", 150)), 125, _DELAY_S, _CLEAR_S,
         "heart rate {value:.0f}/min (limit {limit:.0f}/min)",
         "131: 3-point edge of NEWS2; 150 and 125 ours"),
    Rule("heart-rate-low", "physiological", "heart_rate_bpm", "/min", "below",
         (Level("medium", 40), Level("high", 30)), 45, _DELAY_S, _CLEAR_S,
         "heart rate {value:.0f}/min (limit {limit:.0f}/min)",
         "40: 3-point edge of NEWS2; 30 and 45 ours"),
    SPO2_LOW,
    Rule("respiratory-rate-high", "physiological", "respiratory_rate_per_min", "/min", "above",
         (Level("medium", 25), Level("high", 35)), 23, _DELAY_S, _CLEAR_S,
         "respiratory rate {value:.0f}/min (limit {limit:.0f}/min)",
         "25: 3-point edge of NEWS2; 35 and 23 ours"),
    Rule("respiratory-rate-low", "physiological", "respiratory_rate_per_min", "/min", "below",
         (Level("medium", 8), Level("high", 5)), 10, _DELAY_S, _CLEAR_S,
         "respiratory rate {value:.0f}/min (limit {limit:.0f}/min)",
         "8: 3-point edge of NEWS2; 5 and 10 ours"),
    Rule("systolic-high", "physiological", "systolic_mmhg", "mm[Hg]", "above",
         (Level("medium", 220),), 210, _DELAY_S, _CLEAR_S,
         "systolic pressure {value:.0f} mmHg (limit {limit:.0f} mmHg)",
         "220: 3-point edge of NEWS2; 210 ours"),
    Rule("systolic-low", "physiological", "systolic_mmhg", "mm[Hg]", "below",
         (Level("medium", 90), Level("high", 70)), 95, _DELAY_S, _CLEAR_S,
         "systolic pressure {value:.0f} mmHg (limit {limit:.0f} mmHg)",
         "90: 3-point edge of NEWS2; 70: 3-point edge of MEWS (Subbe 2001, doi:10.1093/qjmed/94.10.521); 95 ours"),
    # The target is 65 mmHg, so 64 is the first whole number that misses it.
    Rule("mean-arterial-low", "physiological", "mean_arterial_mmhg", "mm[Hg]", "below",
         (Level("medium", 64), Level("high", 55)), 67, _DELAY_S, _CLEAR_S,
         "mean arterial pressure {value:.0f} mmHg (limit {limit:.0f} mmHg)",
         "64: target of 65 mmHg, Surviving Sepsis Campaign 2021, doi:10.1007/s00134-021-06506-y; 55 and 67 ours"),
    Rule("temperature-high", "physiological", "temperature_celsius", "Cel", "above",
         (Level("low", 39.1), Level("medium", 40.5)), 38.6, _SLOW_S, _SLOW_S,
         "temperature {value:.1f} C (limit {limit:.1f} C)",
         "39.1: 2-point edge of NEWS2, its highest for fever; 40.5 and 38.6 ours"),
    Rule("temperature-low", "physiological", "temperature_celsius", "Cel", "below",
         (Level("low", 35.0), Level("medium", 33.0)), 35.5, _SLOW_S, _SLOW_S,
         "temperature {value:.1f} C (limit {limit:.1f} C)",
         "35.0: 3-point edge of NEWS2; 33.0 and 35.5 ours"),
    NEWS2,
    # Ours throughout: a monitor's 0 is never a value (see models.vitals.SENSOR_OFF), so that it is there is an alarm of
    # its own; 60 s let a nurse put a sensor back, 5 s well are enough since a sensor is on or off. Heart and breath are
    # medium because a 0 may be true, SpO2 is low because it cannot be.
    Rule("sensor-off:heart_rate", "technical", "heart_rate_off", "1", "above",
         (Level("medium", 1),), 0, 60.0, 5.0,
         "heart rate reads sensor off: lead off, or no beat; look at the patient",
         "ours: a monitor's 0 is a lead that is off or a heart that stopped, and is never scored"),
    Rule("sensor-off:spo2", "technical", "spo2_off", "1", "above",
         (Level("low", 1),), 0, 60.0, 5.0,
         "SpO2 reads sensor off", "ours: no living patient has a saturation of 0, so it is the sensor"),
    Rule("sensor-off:respiratory_rate", "technical", "respiratory_rate_off", "1", "above",
         (Level("medium", 1),), 0, 60.0, 5.0,
         "respiratory rate reads sensor off: sensor off, or no breath; look at the patient",
         "ours: a monitor's 0 is a sensor that is off or apnoea, and is never scored"),
)
"""The rules by which every frame is graded, in the order of the columns of `models.alarms.grading.grade`."""

SEPSIS_RISK: Final = Rule(
    "sepsis-risk", "physiological", "sepsis_alarm", "1", "above",
    (Level("medium", 1),), 0, 0.0, 3600.0,
    "the forecast of sepsis is over its alarm threshold",
    "ours: the threshold is the model's, fitted on patients that trained nothing; over after an hour below it",
    latching=True)
"""Graded after each forecast. It latches, because a risk that came and went while nobody looked is still news."""
# fmt: on

CONTINUOUS: Final = 0.0
CARRY_S: Final = {
    "heart_rate_bpm": CONTINUOUS,
    "respiratory_rate_per_min": CONTINUOUS,
    "spo2_percent": CONTINUOUS,
    "systolic_mmhg": 120.0,
    "mean_arterial_mmhg": 120.0,
    "diastolic_mmhg": 120.0,
    "temperature_celsius": 120.0,
    "etco2_mmhg": CONTINUOUS,
    "fio2_fraction": CONTINUOUS,
}
"""How many seconds old a value may be and still be graded; CONTINUOUS is only in its own frame. Ours.

A cuff or a thermometer gives one number and then none for long: carried for twice the clear delay, that one number can
begin or end an alarm. A vital sign that is measured continuously counts while it is there: to carry it would turn a
glitch of one second, just before a sensor came off, into an alarm.
"""

SPOT_AFTER_S: Final = 300.0
"""A frame that comes later than this after the one before it is a spot check; see `models.alarms.episodes.advance`.
Ours: five minutes without a frame are no stream that could confirm a value within a delay."""

if tuple(CARRY_S) != NUMERICS:
    message = "the ages must have the columns of NUMERICS, in their order"
    raise ValueError(message)
