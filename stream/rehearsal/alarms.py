"""Play recorded stays through the live rules, for the evaluation of alarms."""

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from models.risk.deterioration.events import HEADS
from models.risk.model import Driver, ModelError, RiskModel
from models.watch.advance import Advanced
from models.watch.lab.burden import Heard
from stream.feeds.events import Feed
from stream.rehearsal.feed import of_feed
from stream.rehearsal.rehearse import Rehearsal
from stream.settings import Settings


class RiskModelWithoutDrivers(RiskModel):
    """The risk model without explanations, which take most of its time and change no alarm."""

    def explain(self, state: NDArray[np.float32], bins: NDArray[np.float32], top: int = 5) -> list[list[Driver]]:
        """Return no drivers."""
        del bins, top
        return [[] for _ in state]

    def explain_further(self, state: NDArray[np.float32], bins: NDArray[np.float32]) -> list[list[list[Driver]]]:
        """Return no drivers."""
        del bins
        return [[[] for _ in HEADS] for _ in state]


def play_alarms(
    feed: Feed, model: RiskModel, settings: Settings, on_records: Callable[[int], None]
) -> tuple[Heard, int]:
    """Play a feed to its end; return the alarms that a ward would hear, and the number of refused records.

    `on_records` is called with the number of processed records. Raises ModelError when the risk model fails.
    """
    heard, refused = Heard(), 0

    def cross(names: Sequence[str], done: Advanced) -> None:
        if done.failed:  # any figure would be wrong
            message = f"the risk model failed for {done.failed} patients: {done.error}"
            raise ModelError(message)
        for reaction in done.reactions:
            heard.cross(names, reaction)

    def counted() -> Feed:
        for event in feed:
            on_records(1)
            yield event

    for rehearsed in Rehearsal(model, settings, cross).play(of_feed(counted())):
        if rehearsed.topic == "dead-letters":
            refused += 1
        else:
            heard.note(rehearsed.record)
    return heard, refused
