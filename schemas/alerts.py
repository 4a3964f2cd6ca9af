"""Alerts, their acknowledgement, and the monitor of the monitor.

The words for signal, phase and type are those of ISO/IEEE 11073-10201, which FHIR R6 DeviceAlert and IHE Patient Care
Device (transaction PCD-04) carry.
"""

from typing import Literal
from uuid import UUID

from pydantic import Field

from schemas.wire import Code, Instant, Provenance, Pseudonym, Wire

Priority = Literal["high", "medium", "low"]


class Evidence(Wire):
    """A value that the alert rests on."""

    name: Code
    value: float
    unit: Code | None = None
    limit: float | None = None


class Alert(Wire):
    """One step in the life of an alarm episode. All steps of an episode share `alert`; `id` is the step's own."""

    id: UUID
    alert: UUID = Field(description="the episode: a function of patient, rule, model version and episode start")
    patient: Pseudonym
    time: Instant
    condition: Code = Field(description="what is wrong, e.g. spo2-low, news2-high, sepsis-risk")
    type: Literal["physiological", "technical"]
    priority: Priority
    phase: Literal["start", "escalate", "deescalate", "update", "end"]
    presence: bool = Field(description="the condition is there now")
    signal: Literal["on", "latched", "ack", "off"]
    suppressed_by: UUID | None = Field(
        default=None,
        description="the greater alarm that sounds meanwhile, its `alert`; this one is recorded, its signal off",
    )
    suppressed: int | None = Field(
        default=None, ge=1, description="how many alarms this one has kept from sounding since it began"
    )
    recipients: int = Field(
        default=1, ge=1, le=2, description="the group that is meant: 2, the next one, where nobody acknowledged in time"
    )
    episode_start: Instant
    text: str
    evidence: tuple[Evidence, ...] = ()
    late: bool = Field(default=False, description="raised from frames that came late")
    provenance: Provenance


class Acknowledgement(Wire):
    """A nurse silences a signal; the condition stays what it is."""

    patient: Pseudonym
    time: Instant
    alert: UUID
    by: Code = Field(description="a role or a pseudonym, never a name")
    action: Literal["acknowledge"] = "acknowledge"


class WardStatus(Wire):
    """A technical alarm about Wardwatch itself or about a silent bed; its signal ends when the cause does."""

    id: UUID
    time: Instant
    worker: Code
    component: Literal["state", "risk-model", "lesion-model", "feed", "clock", "worker"]
    patient: Pseudonym | None = Field(default=None, description="the silent bed; None where a part of ours is meant")
    state: Literal["degraded", "restored"]
    text: str
    provenance: Provenance
