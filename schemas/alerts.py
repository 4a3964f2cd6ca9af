"""Alerts and their acknowledgement, and the alarms of Wardwatch about itself.

The words for signal, phase and type are those of ISO/IEEE 11073-10201, which FHIR R6 DeviceAlert and IHE Patient Care
Device (transaction PCD-04) carry.
"""

from typing import Literal
from uuid import UUID

from pydantic import Field

from schemas.alarm_settings import Role, Timed
from schemas.wire import Code, Instant, Provenance, Pseudonym, Wire

Priority = Literal["high", "medium", "low"]
"""The priority of an alarm condition by IEC 60601-1-8: how much harm it can do, and how soon."""
Inactivation = Literal["audio-paused", "audio-off", "alarm-paused"]
"""How staff has inactivated a signal: words of the inactivation state of ISO/IEEE 11073-10201 and PCD-04."""


class Evidence(Wire):
    """A value on which the alert rests."""

    name: Code = Field(
        description="What was measured or computed: a field of `vitals`, news2_band (0 low, 1 low-medium, 2 medium, "
        "3 high), news2_total, sepsis_alarm (0 or 1), or heart_rate_off and the like (0 or 1)."
    )
    value: float = Field(description="The value at the alert's `time`, in `unit`.")
    unit: Code | None = Field(
        default=None, description="The unit of value and limit in UCUM; 1 for a number without one."
    )
    limit: float | None = Field(
        default=None, description="The limit that the value violates; once the condition is over, the one that ends it."
    )
    doubtful: bool = Field(
        default=False,
        description="True where the value is implausible or contradicted by another, and counts all the same.",
    )


class Confirmation(Wire):
    """An alarm of a device that says the same as one of ours, by an identifier that says nothing of the device."""

    alarm: UUID = Field(
        description="Identifier of the alarm. It follows from `patient`, `device` and `alarm` of its records in "
        "`device-alarms` (schemas/identity.py, device_alarm_id)."
    )
    priority: Priority | None = Field(default=None, description="The priority that the device gives it.")


class Alert(Wire):
    """One step in the life of an alarm episode. All steps of one episode have the same `alert`, each has its own `id`.

    The latest step of an episode says how it is now. Whoever shows alarms shows those whose latest `signal` is on or
    latched, and drops a step whose `id` was seen before: after a crash a step may come twice.
    """

    id: UUID = Field(description="Identifier of this step. A step that is sent again has the same one.")
    alert: UUID = Field(
        description="Identifier of the episode: the same in all its steps, and what an acknowledgement names. It "
        "follows from patient, rule, model version and the episode's start."
    )
    patient: Pseudonym
    time: Instant = Field(
        description="Event time of this step: that of the frame, forecast or acknowledgement behind it, or the "
        "moment at which it was due where nothing came."
    )
    condition: Code = Field(
        description="What is wrong: spo2-low, heart-rate-high, heart-rate-low, respiratory-rate-high, "
        "respiratory-rate-low, systolic-high, systolic-low, mean-arterial-low, temperature-high, temperature-low, "
        "etco2-low, shock-index, asystole, apnoea, news2, sepsis-risk; as information that never sounds diastolic-low, "
        "diastolic-high, mean-arterial-high, etco2-high, mews, sirs, qsofa, circulatory-failure; of laboratory results "
        "potassium-low, potassium-high, glucose-low, glucose-high, lactate-high, haemoglobin-low, platelets-low; of "
        "sensors signal-implausible, frames-lost, and sensor-off: or devices-contradict: with heart_rate, spo2, "
        "respiratory_rate, arterial_pressure or etco2. More may follow."
    )
    type: Literal["physiological", "technical"] = Field(
        description="`physiological` is about the patient, `technical` about a sensor."
    )
    priority: Priority = Field(description="The priority that the episode has with this step.")
    phase: Literal["start", "escalate", "deescalate", "update", "end"] = Field(
        description="`start`: the condition is there; `escalate` and `deescalate`: its priority rose or fell; "
        "`update`: its signal, its recipients or what it suppresses changed; `end`: the condition is over."
    )
    presence: bool = Field(description="True while the condition is there, whatever the signal does.")
    signal: Literal["on", "latched", "ack", "off"] = Field(
        description="What a device that annunciates should do: `on`, sound; `latched`, sound although the condition "
        "is over, until somebody acknowledges; `ack`, be silent, since somebody acknowledged; `off`, be silent: the "
        "condition is over, suppressed, inactivated or information."
    )
    suppressed_by: UUID | None = Field(
        default=None,
        description="Present while the signal is off only because a more severe alarm on the same thing sounds: the "
        "`alert` of that one.",
    )
    inactivation: Inactivation | None = Field(
        default=None,
        description="Present while the signal is off only because of a record of `alarm-settings`, or of the ward's "
        "configuration: `audio-paused`, all of the patient's alarms are paused; `alarm-paused`, the patient is on "
        "standby or away; `audio-off`, the sound of this condition is off.",
    )
    suppressed: int | None = Field(
        default=None, ge=1, description="How many milder alarms this episode has kept from sounding since it began."
    )
    recipients: int = Field(
        default=1,
        ge=1,
        le=2,
        description="The group of recipients that is meant: 1, the first; 2, the next one as well, since nobody "
        "acknowledged in time.",
    )
    episode_start: Instant = Field(description="Event time at which the violation began that became this episode.")
    text: str = Field(description="One English sentence for a clinician, with value and limit.")
    evidence: tuple[Evidence, ...] = Field(default=(), description="The values on which the alert rests.")
    confirmed_by: tuple[Confirmation, ...] | None = Field(
        default=None,
        description="The alarms of devices that have said the same since shortly before the episode began, the newest "
        "five. Present from the first such alarm on, which makes an `update` of an episode that is there already.",
    )
    late: bool = Field(
        default=False,
        description="True if this step is published long after its `time`: from a backlog, or from frames that came "
        "late.",
    )
    age_s: float | None = Field(
        default=None,
        ge=0,
        description="Seconds from `time` to the moment at which the step was handed on to be published. Absent in a "
        "rehearsal, which publishes nothing.",
    )
    history: bool = Field(
        default=False,
        description="True if this step follows from a record that had come long before, and was read from a backlog: "
        "it is published for the record, and its signal is off where it would be on or latched. An episode that still "
        "sounds when the patient's records are of now again is said once more then, as an `update` with the signal "
        "that it has, the `time` of its latest step and the latest value.",
    )
    provenance: Provenance


class Acknowledgement(Wire):
    """A nurse or doctor has seen an alarm: its signal stops for some minutes, the condition stays what it is.

    It counts for 5 minutes at high, 15 at medium and 60 at low priority. After that the alarm sounds again if the
    condition is still there, and at once if its priority rises, or a NEWS2 by two points.
    """

    patient: Pseudonym
    time: Instant = Field(
        description="When it was acknowledged, in ISO 8601 with a time zone. An acknowledgement from before the "
        "signal last began to sound changes nothing."
    )
    alert: UUID = Field(description="The episode that was seen: `alert` of the record in `alerts`, not its `id`.")
    by: Code = Field(description="Who acknowledged, as a role or a pseudonym, e.g. nurse-icu-2; never a name.")
    action: Literal["acknowledge"] = Field(default="acknowledge", description="Always `acknowledge`.")


class SettingSaid(Wire):
    """What became of a record of `alarm-settings`, and what it said."""

    outcome: Literal["accepted", "refused", "expired", "ended"] = Field(
        description="`accepted`: it holds; `refused`: it never did; `expired`: its time is over; `ended`: it was ended "
        "by a record or by what happened."
    )
    action: Timed = Field(description="What was set.")
    time: Instant = Field(description="When it was set.")
    condition: Code | None = Field(default=None, description="The condition, where one is meant.")
    limit: float | None = Field(default=None, description="The limit, in the unit of the condition.")
    until: Instant | None = Field(default=None, description="When it ends, or would have ended, by itself.")
    reason: Code | None = Field(default=None, description="The reason that was given.")
    why: Code | None = Field(default=None, description="Why it was refused or has ended. Absent where its time is up.")
    role: Role = Field(description="The role of the one who set or ended it.")
    by: Code = Field(description="Who set or ended it, as a role or a pseudonym.")


class WardStatus(Wire):
    """A technical alarm about a part of Wardwatch, a device's clock, or a bed that sends nothing.

    It is over with `restored`. With component `worker` it is a sign of life instead, see `watches`.
    """

    id: UUID = Field(description="Identifier of this message.")
    time: Instant = Field(description="When the worker noticed, by its own clock.")
    worker: Code = Field(description="The worker that says so.")
    component: Literal[
        "state",
        "risk-model",
        "lesion-model",
        "genomes",
        "feed",
        "clock",
        "worker",
        "log",
        "outputs",
        "gateway",
        "alarms",
    ] = Field(
        description="What is away: `state`, the store of the patients' states (Redis), or with `part` something "
        "that was said of one patient and could not be kept or not be understood; `risk-model`; `lesion-model`; "
        "`genomes`, the files of genomes, or the process that reads them; "
        "`feed`, the frames of one bed, or with `part` records that are refused in bulk or lie in another partition "
        "than their key's; `clock`, records are stamped "
        "by a clock that is wrong, with `patient` those of the device in `part`; `log`, records of a topic that were "
        "skipped or are read again, a backlog that is read; `outputs`, records that the broker refuses to take; "
        "`gateway`, the broker as the HL7 gateway sees it, or the room on disk of the DICOM gateway; "
        "`alarms`, staff have set how a patient's alarms are given, see `setting`; "
        "`worker`, the worker that says so watches, told every few seconds: whoever has heard none for long must act "
        "as on a technical alarm."
    )
    patient: Pseudonym | None = Field(
        default=None, description="The patient whose bed is silent. Absent where a part of Wardwatch is meant."
    )
    part: Code | None = Field(
        default=None, description="What of the component, e.g. a partition of a topic. Absent where all of it is meant."
    )
    state: Literal["degraded", "restored"] = Field(
        description="`degraded`: it is away, and what depends on it is missing; `restored`: it works again."
    )
    text: str = Field(description="One English sentence: what is away, and what goes on without it.")
    watches: tuple[int, ...] | None = Field(
        default=None,
        description="The partitions of `vitals` that the worker watches; empty when it stops in order. Only with "
        "component `worker`.",
    )
    up_to: Instant | None = Field(
        default=None,
        description="Everything that arrived up to then was worked on, by the clock of arrival. Absent while a worker "
        "is not that far yet.",
    )
    setting: SettingSaid | None = Field(
        default=None,
        description="Which record of `alarm-settings` this is about, and what became of it. Only with `alarms`.",
    )
    provenance: Provenance
