"""What the page asks for beside the pictures of the beds: one bed, all alarms, the technical state; by role. Pure."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from stream.board.alarm_story import chosen, of_device, story
from stream.board.bed_view import HOURS, bed_view
from stream.board.feed import Feed
from stream.board.history import History
from stream.board.link import Link
from stream.board.snapshot import is_shown, wards_now
from stream.board.technical import technical
from stream.subscriber.ward import Ward

_ALARMS: Final = timedelta(hours=24)
"""Ours: an alarm that is over is listed for so long."""
_OVER: Final = 300
"""Ours: of those that are over, and of the devices' steps, no more are sent; a page of thousands is read by nobody."""


@dataclass
class Views:
    """The ward, its history, and the pictures for those who may not see all of a bed."""

    ward: Ward
    history: History
    link: Link
    wall: Feed = field(default_factory=Feed)
    machines: Feed = field(default_factory=Feed)

    def bed(self, patient: str, hours: int, now: datetime) -> dict[str, Any] | None:
        """Return one bed over the last hours; None where no such bed is shown, or for another span than the page's."""
        bed = self.ward.beds.get(patient)
        if bed is None or not is_shown(bed) or hours not in HOURS:
            return None
        return bed_view(self.ward, bed, self.history.pasts[patient], now, hours, self.link.began)

    def alarms(self, now: datetime) -> dict[str, Any]:
        """Return all alarms of the last day, ours and those of devices, with their beds."""
        since = wards_now(self.ward, now) - _ALARMS
        there = {name for name in self.history.pasts if name in self.ward.beds and not self.ward.beds[name].discharged}
        pasts = [self.history.pasts[name] for name in there]
        ours, left_off = chosen((one for past in pasts for one in past.episodes.values()), since, _OVER)
        steps = [one for past in pasts for one in past.device_alarms if one.time >= since]
        steps.sort(key=lambda one: one.time, reverse=True)
        return {
            "since": since.isoformat(),
            "left_off": left_off,
            "alarms": [self._named(one.latest.patient) | story(one) for one in ours],
            "device_alarms": [self._named(one.patient) | of_device(one) for one in steps[:_OVER]],
        }

    def _named(self, patient: str) -> dict[str, Any]:
        return {"bed": self.ward.label(patient), "patient": patient}

    def technical(self, now: datetime) -> dict[str, Any]:
        """Return how the parts of Wardwatch stand, without anything of a patient."""
        return technical(self.ward, self.link, now)
