"""A bed that falls silent is an alarm of its own: the patient may be fine, the cable is not."""

from typing import Literal, Protocol


class Teller(Protocol):
    """Where the news goes; see stream.status.Status.tell."""

    async def __call__(self, component: Literal["feed"], text: str, *, away: bool, patient: str | None = None) -> None:
        """Tell."""


class SilentBeds:
    """When each bed was last heard, by one monotonic clock that the caller reads."""

    def __init__(self, silent_s: float, tell: Teller) -> None:
        self._silent_s = silent_s
        self._tell = tell
        self._heard_s: dict[str, float] = {}
        self._silent: set[str] = set()

    def heard(self, patient: str, now_s: float) -> None:
        """A frame of this patient has come."""
        self._heard_s[patient] = now_s

    def gone(self, patient: str) -> None:
        """Discharged, or another worker's: silence means nothing."""
        self._heard_s.pop(patient, None)

    def only(self, patients: set[str]) -> None:
        """Listen to none but these."""
        self._heard_s = {patient: at_s for patient, at_s in self._heard_s.items() if patient in patients}

    async def look(self, now_s: float) -> None:
        """Tell which beds have fallen silent, and which are heard again."""
        silent = {patient for patient, at_s in self._heard_s.items() if now_s - at_s > self._silent_s}
        for patient in sorted(silent - self._silent):
            await self._tell("feed", f"no frame for {self._silent_s:.0f} s", away=True, patient=patient)
        for patient in sorted(self._silent - silent):
            text = "frames come again" if patient in self._heard_s else "the bed is no longer watched here"
            await self._tell("feed", text, away=False, patient=patient)
        self._silent = silent
