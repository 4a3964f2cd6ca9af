"""The patients' states in a worker's memory: of those lately heard, with an alarm on, or not yet stored.

Acknowledgements that run out, alarms that nobody answers and delays wait for the clock, but never for so long as a
state stays here. So a stored state without an alarm can leave, and comes back by a read with its patient. One with an
alarm on stays for as long as Redis would keep it: should Redis be away when the patient returns, the state would begin
blank, and an alarm that somebody has seen would begin once more.
"""

from collections.abc import Collection, ItemsView, Iterable, Mapping
from typing import Final

from models.watch.state import PatientState

_LOOKS: Final = 24
"""So often in `keep_s` the memory is looked through: what it holds is at most that much older."""


class StateCache:
    """States with the time of their last record, by one clock that the caller reads."""

    def __init__(self, keep_s: float, ttl_s: float) -> None:
        self._keep_s = keep_s
        self._ttl_s = ttl_s
        self._states: dict[str, PatientState] = {}
        self._heard_s: dict[str, float] = {}
        self._looked_s = 0.0

    def __len__(self) -> int:
        """How many patients."""
        return len(self._states)

    def __getitem__(self, patient: str) -> PatientState:
        """The state of a patient who is here."""
        return self._states[patient]

    def items(self) -> ItemsView[str, PatientState]:
        """Every patient who is here."""
        return self._states.items()

    def update(self, states: Mapping[str, PatientState]) -> None:
        """Time has passed for these patients, and no record of theirs came."""
        self._states.update(states)

    def known(self, patients: Iterable[str]) -> dict[str, PatientState]:
        """Those of these patients that are here."""
        return {patient: self._states[patient] for patient in patients if patient in self._states}

    def keep(self, states: Mapping[str, PatientState], now_s: float) -> None:
        """A record of these patients was read or worked on."""
        self._states.update(states)
        self._heard_s.update(dict.fromkeys(states, now_s))

    def only(self, patients: Collection[str]) -> None:
        """Let go of all but these."""
        self._states = self.known(patients)
        self._heard_s = {patient: self._heard_s[patient] for patient in self._states}

    def let_go(self, now_s: float, unsettled: Collection[str]) -> None:
        """Now and then: let go of who was not heard for long, but of nobody whose state is not yet stored."""
        if 0 <= now_s - self._looked_s < self._keep_s / _LOOKS:
            return
        self._looked_s = now_s
        self.only([name for name in self._states if name in unsettled or not self._may_leave(name, now_s)])

    def _may_leave(self, patient: str, now_s: float) -> bool:
        idle_s = now_s - self._heard_s[patient]
        if idle_s <= self._keep_s:
            return False
        state = self._states[patient]
        alarming = any(episode.start_s is not None for episode in state.episodes.values())
        ends = any(not setting.over for setting in state.settings.values())  # and that is told at its time
        return not (alarming or ends) or idle_s > self._ttl_s
