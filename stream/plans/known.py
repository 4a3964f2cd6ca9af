"""All that a plan is made of."""

from typing import NamedTuple

from models.plan.plan import plan_of
from models.plan.seen import Seen
from models.watch.state import PatientState
from schemas.plan import Plan


class Known(NamedTuple):
    """A patient's state at a moment in seconds since 1970, and the records that the state does not keep."""

    patient: str
    state: PatientState
    now_s: float
    seen: Seen

    def plan(self) -> Plan:
        """Return the plan."""
        return plan_of(self.patient, self.state, self.now_s, self.seen)
