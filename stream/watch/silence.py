"""A bed that falls silent is an alarm of its own: the patient may be fine, the cable is not."""

from collections.abc import Collection, Mapping
from typing import Final, Literal, NamedTuple, Protocol

from models.watch.hours import HOUR_MS, LONGEST_GAP_HOURS

FORGOTTEN_S: Final = LONGEST_GAP_HOURS * HOUR_MS / 1000
"""After so long without a frame the stay is taken to be over (models/watch/hours.py), and its bed is not missed."""


class Teller(Protocol):
    """Where the news goes; see stream.observability.status.Status.tell."""

    async def __call__(self, component: Literal["feed"], text: str, *, away: bool, patient: str | None = None) -> None:
        """Tell."""


def silent_for(silent_s: float) -> str:
    """What is told of a silent bed."""
    return f"no frame for {silent_s:.0f} s"


def heard_again() -> str:
    """What is told of one that was silent."""
    return "frames come again"


class Bed(NamedTuple):
    """The partition of `vitals` that the bed's frames are in, and when the last one came."""

    partition: int
    heard_s: float


class SilentBeds:
    """When each bed was last heard, by one monotonic clock that the caller reads."""

    def __init__(self, silent_s: float, tell: Teller) -> None:
        self.complete = False
        """Beds that were heard before our time are known too; see `expect`."""
        self._silent_s = silent_s
        self._tell = tell
        self._beds: dict[str, Bed] = {}
        self._silent: set[str] = set()
        self._judged_from_s = float("-inf")
        self._changed: dict[str, int] = {}  # patient -> partition: heard or gone since `changes`

    def heard(self, patient: str, partition: int, now_s: float) -> None:
        """A frame of this patient has come."""
        self._beds[patient] = Bed(partition, now_s)
        self._changed[patient] = partition

    def gone(self, patient: str, partition: int) -> None:
        """Discharged: silence means nothing."""
        self._beds.pop(patient, None)
        self._changed[patient] = partition

    def only(self, patients: Collection[str]) -> None:
        """Another worker listens to all but these."""
        self._beds = {patient: bed for patient, bed in self._beds.items() if patient in patients}
        self.complete = False

    def expect(self, beds: Mapping[str, Bed], now_s: float) -> None:
        """Beds that somebody heard before us. Frames of theirs may still lie unread: none is called silent at once."""
        self._beds = {**beds, **self._beds}
        self._judged_from_s = now_s + self._silent_s
        self.complete = True

    def caught_up(self) -> None:
        """Every frame that has come was read: who is silent now, is."""
        if self.complete:
            self._judged_from_s = float("-inf")

    def changes(self) -> tuple[dict[str, Bed], dict[str, int]]:
        """The beds that were heard since this was last asked, and the partitions of those that are gone."""
        changed, self._changed = self._changed, {}
        heard = {patient: self._beds[patient] for patient in changed if patient in self._beds}
        return heard, {patient: partition for patient, partition in changed.items() if patient not in heard}

    def change_again(self, patients: Mapping[str, int]) -> None:
        """These changes could not be kept: they come again with the next ones."""
        self._changed = {**patients, **self._changed}

    async def look(self, now_s: float) -> None:
        """Tell which beds have fallen silent, and which are heard again."""
        if now_s < self._judged_from_s:
            return
        self._beds = {patient: bed for patient, bed in self._beds.items() if now_s - bed.heard_s <= FORGOTTEN_S}
        silent = {patient for patient, bed in self._beds.items() if now_s - bed.heard_s > self._silent_s}
        for patient in sorted(silent - self._silent):
            await self._tell("feed", silent_for(self._silent_s), away=True, patient=patient)
        for patient in sorted(self._silent - silent):
            text = heard_again() if patient in self._beds else "the bed is no longer watched here"
            await self._tell("feed", text, away=False, patient=patient)
        self._silent = silent
