"""Silent beds on the rehearsal's clock, told as the live path tells them (stream/watch/silence.py)."""

from collections.abc import Sequence

from models.watch.outputs import SOFTWARE, moment
from schemas.alerts import WardStatus
from schemas.identity import output_id
from schemas.wire import Provenance
from stream.watch.silence import heard_again, silent_for


class Beds:
    """When each bed was last heard, in ms of the clock."""

    def __init__(self, silent_ms: int) -> None:
        self._silent_ms = silent_ms
        self._heard_ms: dict[str, int] = {}
        self._silent: set[str] = set()

    def heard(self, patient: str, moments_ms: Sequence[int]) -> list[tuple[int, WardStatus]]:
        """Frames of a bed came at these moments; what is told of the silence before each."""
        told = []
        for at_ms in moments_ms:
            told += self.silent(at_ms, (patient,))
            self._heard_ms[patient] = at_ms
            if patient in self._silent:
                self._silent.discard(patient)
                told.append((at_ms, _status(patient, at_ms, away=False, text=heard_again())))
        return told

    def gone(self, patient: str) -> None:
        """Discharged: silence means nothing."""
        self._heard_ms.pop(patient, None)
        self._silent.discard(patient)

    def due_ms(self) -> list[int]:
        """When each bed that is heard now falls silent if nothing comes."""
        return [at_ms + self._silent_ms + 1 for bed, at_ms in self._heard_ms.items() if bed not in self._silent]

    def silent(self, now_ms: int, patients: Sequence[str] | None = None) -> list[tuple[int, WardStatus]]:
        """Which beds, of these or of all, have fallen silent by now."""
        told = []
        for patient in self._heard_ms if patients is None else patients:
            due_ms = self._heard_ms.get(patient, now_ms) + self._silent_ms + 1
            if due_ms <= now_ms and patient not in self._silent:
                self._silent.add(patient)
                text = silent_for(self._silent_ms / 1000)
                told.append((due_ms, _status(patient, due_ms, away=True, text=text)))
        return told


def _status(patient: str, at_ms: int, *, away: bool, text: str) -> WardStatus:
    time = moment(at_ms)
    return WardStatus(
        id=output_id("ward-status", patient, "feed", time, "rehearsal"),
        time=time,
        worker="rehearsal",
        component="feed",
        patient=patient,
        state="degraded" if away else "restored",
        text=text,
        provenance=Provenance(software=SOFTWARE, rule="ward-status/1", data="none"),
    )
