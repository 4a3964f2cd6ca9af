"""The alarm limits: one row, one condition. Whether a standard or we chose a number stands in its row.

IEC 60601-1-8 leaves priorities to the manufacturer's risk file; ours follow its matrix of harm and onset
(reference/clinical.md B.3): medium where a reversible injury is minutes away, high where death may be.
A limit is violated at or beyond it, without rounding.
"""

from typing import Final, Literal, NamedTuple

from models.scores.news2 import BANDS
from schemas.alerts import Priority
from schemas.vitals import NUMERICS

VERSION: Final = "1"
"""Of this table; the rule's name in a provenance is `<condition>/<VERSION>`."""
EDITION: Final = "alarm-limits-2026.1"


class Level(NamedTuple):
    """From `limit` on (the limit included) the alarm has this priority."""

    priority: Priority
    limit: float


class Rule(NamedTuple):
    """When a condition starts, how bad it is, and when it is over."""

    condition: str
    type: Literal["physiological", "technical"]
    input: str
    unit: str
    direction: Literal["below", "above"]
    levels: tuple[Level, ...]  # ascending in severity
    clear: float  # well again at or beyond this; between it and the first limit nothing changes (hysteresis)
    delay_s: float  # violated that long without interruption before a level counts
    clear_delay_s: float  # well, or better, that long before it ends, or eases
    text: str
    source: str
    words: tuple[str, ...] = ()  # what the input's values 0, 1, 2... are called
    latching: bool = False  # the signal outlives the condition until somebody acknowledges it

    def sentence(self, value: float, limit: float) -> str:
        """The alert's text for a value and the limit that it went over."""
        if self.words:
            return self.text.format(value=self.words[int(value)], limit=self.words[int(limit)])
        return self.text.format(value=value, limit=limit)


# Goerges 2009 (PMID 19372334): a delay of 14 s removes half, of 19 s two thirds of the ignored and ineffective alarms.
_DELAY_S: Final = 15.0
_CLEAR_S: Final = 60.0  # B.4 (2): "clear at 92 for >= 60 s"
_SLOW_S: Final = 60.0  # ours: a temperature does not change in seconds, a probe does

# fmt: off
SPO2_LOW: Final = Rule(
    "spo2-low", "physiological", "spo2_percent", "%", "below",
    (Level("medium", 90), Level("high", 85)), 92, _DELAY_S, _CLEAR_S,
    "SpO2 {value:.0f} % (limit {limit:.0f} %)",
    "set 90, clear 92: the example of clinical.md B.4 (2), one point under the 3-point edge of NEWS2; 85 ours")
SPO2_LOW_SCALE2: Final = SPO2_LOW._replace(
    levels=(Level("medium", 83), Level("high", 78)), clear=85,
    source="83: 3-point edge of NEWS2's scale 2 (prescribed target 88-92 %); 78 and 85 ours")
"""Instead of SPO2_LOW where a prescriber set the lower target: its patients live below 90 %."""

# A band has no room for a hysteresis in value, so it gets one in time.
NEWS2: Final = Rule(
    "news2", "physiological", "news2_band", "{score}", "above",
    (Level("low", 1), Level("medium", 2), Level("high", 3)), 0, 20.0, 300.0,
    "NEWS2 clinical risk is {value}",
    "bands of the RCP's response table 2017; 20 s and 300 s ours", BANDS)

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
         "90: 3-point edge of NEWS2; 70: 3-point edge of MEWS (Subbe 2001); 95 ours"),
    # 65 mmHg is the target, so 64 is the first whole number that misses it.
    Rule("mean-arterial-low", "physiological", "mean_arterial_mmhg", "mm[Hg]", "below",
         (Level("medium", 64), Level("high", 55)), 67, _DELAY_S, _CLEAR_S,
         "mean arterial pressure {value:.0f} mmHg (limit {limit:.0f} mmHg)",
         "64: target of 65 mmHg, Surviving Sepsis Campaign (clinical.md D.2); 55 and 67 ours"),
    Rule("temperature-high", "physiological", "temperature_celsius", "Cel", "above",
         (Level("low", 39.1), Level("medium", 40.5)), 38.6, _SLOW_S, _SLOW_S,
         "temperature {value:.1f} C (limit {limit:.1f} C)",
         "39.1: 2-point edge of NEWS2, its highest for fever; 40.5 and 38.6 ours"),
    Rule("temperature-low", "physiological", "temperature_celsius", "Cel", "below",
         (Level("low", 35.0), Level("medium", 33.0)), 35.5, _SLOW_S, _SLOW_S,
         "temperature {value:.1f} C (limit {limit:.1f} C)",
         "35.0: 3-point edge of NEWS2; 33.0 and 35.5 ours"),
    NEWS2,
    # 60 s and the priorities are ours. B.4 (10): nothing suppresses a technical alarm.
    Rule("sensor-off:heart_rate", "technical", "heart_rate_off", "1", "above",
         (Level("medium", 1),), 0, 60.0, 5.0,
         "heart rate reads sensor off: lead off, or no beat; look at the patient", "ours; clinical.md B.4 (10), B.6"),
    Rule("sensor-off:spo2", "technical", "spo2_off", "1", "above",
         (Level("low", 1),), 0, 60.0, 5.0,
         "SpO2 reads sensor off", "ours; clinical.md B.4 (10), B.6"),
    Rule("sensor-off:respiratory_rate", "technical", "respiratory_rate_off", "1", "above",
         (Level("medium", 1),), 0, 60.0, 5.0,
         "respiratory rate reads sensor off: sensor off, or no breath; look at the patient",
         "ours; clinical.md B.4 (10), B.6"),
)
"""What every frame is graded by, in the order of the columns of `grading.grade`."""

SEPSIS_RISK: Final = Rule(
    "sepsis-risk", "physiological", "sepsis_alarm", "1", "above",
    (Level("medium", 1),), 0, 0.0, 3600.0,
    "the forecast of sepsis is over its alarm threshold",
    "ours: the model's threshold was chosen on its own evaluation; over after an hour (one closed bin) below it",
    latching=True)
"""Graded after each forecast. It latches: a risk that came and went unseen is still news."""
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
"""How old a carried value may be when it is graded. Ours: a cuff or a thermometer gives one number and then none for
long; carried for twice the clear delay, that one number can start or end an alarm. A continuous vital counts when it is
there: carrying it would turn a one-second glitch before a loose sensor into an alarm.
"""

SPOT_AFTER_S: Final = 300.0
"""Ours: a frame that comes later than this after the one before it stands alone, see `episodes.advance`."""

if tuple(CARRY_S) != NUMERICS:
    message = "the ages must have the columns of NUMERICS, in their order"
    raise ValueError(message)
