"""Alarms of monitors and other devices at the bedside, as the devices themselves raise them.

The words are those of ISO/IEEE 11073-10201 as IHE Patient Care Device writes them in transaction PCD-04 (PCD TF-2,
Report Alert). Wardwatch keeps them beside its own alarms, and never turns one up or down.
"""

from typing import Literal

from pydantic import Field

from schemas.alerts import Priority
from schemas.wire import Code, Instant, Measured, Pseudonym, Wire

AlarmPhase = Literal["start", "present", "continue", "update", "escalate", "deescalate", "end", "tpoint"]
AlarmState = Literal["active", "latched", "inactive"]
Inactivation = Literal["enabled", "audio-paused", "audio-off", "alarm-paused", "alarm-off", "alert-acknowledged"]
AlarmType = Literal["physiological", "technical", "advisory"]


class AlarmValue(Wire):
    """A measurement that the device names with its alarm, and the limits that it had for it."""

    name: Code = Field(
        description="What was measured: a field of `vitals` where it is one, then value and limits are in the unit of "
        "that field; else the device's own name or code of it."
    )
    value: Measured = Field(default=None, description="The value at the alarm's `time`. Absent where none is stated.")
    unit: Code | None = Field(
        default=None, description="The unit of value and limits, as the device writes it. Absent for a field of vitals."
    )
    low: Measured = Field(default=None, description="The limit below which the device alarms.")
    high: Measured = Field(default=None, description="The limit above which the device alarms.")


class DeviceAlarm(Wire):
    """One step in the life of an alarm of a device. All steps of one alarm have the same `device` and `alarm`.

    The step with the newest `time` says how the alarm is, in whatever order they arrive; of two with the same time,
    the later arrival.
    """

    patient: Pseudonym
    time: Instant = Field(description="When the device raised, changed or ended the alarm, in ISO 8601 with a zone.")
    device: Code | None = Field(default=None, description="The device that alarms, as it or its gateway calls it.")
    alarm: Code = Field(
        description="The alarm's identifier, made by who sends it: the same in all its steps, unique for the device."
    )
    code: Code | None = Field(
        default=None, description="Code of the event, e.g. 196674 of the nomenclature ISO/IEEE 11073-10101 (MDC)."
    )
    event: Code = Field(description="Name of the event, e.g. MDC_EVT_LO_VAL_LT_LIM; the device's own where it has one.")
    system: Code | None = Field(default=None, description="The coding system of code and name, e.g. MDC.")
    text: str = Field(max_length=256, description="What the device shows, e.g. `SpO2 LOW`; may be empty.")
    phase: AlarmPhase = Field(
        description="What this step is: `start`; `present`, it is there and the device does not say since when; "
        "`continue`, it is still there; `update`, something of it changed; `escalate` and `deescalate`, its priority; "
        "`end`; `tpoint`, it was there for a moment only."
    )
    state: AlarmState = Field(
        description="`active`: the condition is there; `latched`: it is over and the device goes on sounding; "
        "`inactive`: it is over."
    )
    inactivation: tuple[Inactivation, ...] = Field(
        default=(),
        max_length=6,
        description="What somebody has switched off at the device: `enabled`, nothing; the sound or the alarm is "
        "paused or off; `alert-acknowledged`. Empty where the device does not say.",
    )
    priority: Priority | None = Field(
        default=None, description="The priority that the device gives it, by IEC 60601-1-8. Absent where it gives none."
    )
    type: AlarmType | None = Field(
        default=None,
        description="`physiological` is about the patient, `technical` about the device, `advisory` is neither's alarm "
        "and worth knowing. Absent where the device does not say.",
    )
    direction: Literal["high", "low"] | None = Field(
        default=None, description="Whether a value is too high or too low, where the alarm is about one."
    )
    values: tuple[AlarmValue, ...] = Field(
        default=(), max_length=16, description="The measurements that the device names with its alarm."
    )
