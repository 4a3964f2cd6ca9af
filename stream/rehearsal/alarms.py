"""A feed through the live rules without broker or Redis: decoded, worked on and forecast as the watch path does it."""

from collections.abc import Callable, Iterable, Sequence
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from models.risk.model import Driver, ModelError, RiskModel
from models.watch import findings
from models.watch.forecast import forecast
from models.watch.frames import Frames
from models.watch.lab.burden import Heard
from models.watch.react import react, until_new_stays
from models.watch.state import PatientState
from stream.delivery.decode import Decoded, decode, decode_vitals, to_ms
from stream.feeds.events import FeedEvent
from stream.settings import Settings
from stream.watch.handler import TOPICS

_TOGETHER: Final = 5000  # most records of one micro-batch; what is found does not depend on it


class Unexplained(RiskModel):
    """The risk model without its reasons, which take most of its time and change no alarm."""

    def explain(self, state: NDArray[np.float32], bins: NDArray[np.float32], top: int = 5) -> list[list[Driver]]:
        """Return no drivers."""
        del bins, top
        return [[] for _ in state]


class _Sent(NamedTuple):
    """A record as a broker would hand it over, at the moment when the feed sent it."""

    topic: str
    timestamp: int
    key: bytes
    value: bytes
    partition: int = 0
    offset: int = 0
    headers: Sequence[tuple[str, bytes]] = ()


class Rehearsal:
    """Patients' states, and what a ward would have heard of them. Broken records are counted and left out."""

    def __init__(self, model: RiskModel, settings: Settings, on_records: Callable[[int], None]) -> None:
        """`on_records` is told how many records were worked on."""
        self.heard = Heard()
        self.refused = 0
        self._model = model
        self._lateness_ms = round(settings.lateness_s * 1000)
        self._every_ms = round(settings.forecast_every_s * 1000)
        self._future_ms = round(settings.future_s * 1000)
        self._on_records = on_records
        self._states: dict[str, PatientState] = {}

    def play(self, feed: Iterable[FeedEvent]) -> None:
        """Work on a feed to its end; each patient's records keep their order.

        Raises ModelError when the risk model fails.
        """
        frames: list[_Sent] = []
        waiting: set[bytes] = set()  # patients of these frames
        for event in feed:
            if event.topic not in TOPICS:
                continue
            sent = _Sent(event.topic, to_ms(event.time), event.key, event.value)
            if event.topic == "vitals":
                frames.append(sent)
                waiting.add(sent.key)
            if len(frames) >= _TOGETHER or (event.topic != "vitals" and sent.key in waiting):
                self._vitals(frames)
                frames, waiting = [], set()
            if event.topic != "vitals":
                self._event(sent)
        self._vitals(frames)

    def _event(self, sent: _Sent) -> None:
        self._on_records(1)
        one = decode(sent, sent.timestamp, self._future_ms)
        if not isinstance(one, Decoded):
            self.refused += 1
            return
        before = self._states.get(one.patient, PatientState())
        self._states[one.patient], found = findings.of_event(one.patient, before, one.model)
        self.heard.note(found)

    def _vitals(self, sent: list[_Sent]) -> None:
        self._on_records(len(sent))
        latest = max((one.timestamp for one in sent), default=0)
        columns, refused = decode_vitals(sent, latest, self._future_ms)
        self.refused += len(refused)
        if not columns.patients:
            return
        names = list(dict.fromkeys(columns.patients))
        place = {name: at for at, name in enumerate(names)}
        owners = np.array([place[name] for name in columns.patients], np.int64)
        frames = Frames(owners[columns.of_record], columns.time_ms, columns.values)
        states = [self._states.get(name, PatientState()) for name in names]
        for part in until_new_stays(states, frames):
            reaction = react(states, frames.part(part), self._lateness_ms, self._every_ms)
            self.heard.cross(names, reaction)
            self.heard.note(findings.of_frames(names, reaction))
            made = forecast(self._model, reaction.states, reaction.due)
            if made.failed:  # no figure is worth anything then
                msg = f"the risk model failed for {made.failed} patients: {made.error}"
                raise ModelError(msg)
            self.heard.note(findings.of_forecasts(names, reaction, made.made, self._model))
            states = reaction.states
        self._states.update(zip(names, states, strict=True))
