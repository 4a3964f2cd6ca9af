"""Alarms of which history alone was published: nothing sounded, and what is still open is said again, once. Pure.

An alert that follows from a record of long ago, read from a backlog, is history: it is published like any other, with
its own id, but nobody is called by it. What sounds at the end of the backlog is said again as soon as the patient's
records are of now; the id of that step follows from the one that it repeats, so that whoever notices says the same.
"""

from collections.abc import Iterable
from dataclasses import replace
from typing import Final

from models.alarms import episodes
from models.watch import closing, outputs
from models.watch.state import PatientState, Untold
from schemas.alerts import Alert

SOUNDING: Final = ("on", "latched")
"""The signals that call somebody."""


def as_history(alert: Alert) -> Alert:
    """The same alert, published for the record alone."""
    return alert.model_copy(update={"history": True, "signal": "off" if alert.signal in SOUNDING else alert.signal})


def held_back(state: PatientState, alerts: Iterable[Alert], now_s: float) -> PatientState:
    """The state after these alerts, as the rules made them, were published as history at `now_s`."""
    untold = dict(state.untold)
    for alert in alerts:
        earlier = untold.pop(alert.condition, None)
        if alert.signal in SOUNDING:
            since_s = now_s if earlier is None else earlier.since_s
            untold[alert.condition] = Untold(alert.time.timestamp(), since_s)
    return state if untold == state.untold else replace(state, untold=untold)


def told(state: PatientState, alerts: Iterable[Alert]) -> PatientState:
    """The state after these alerts were published as they are: of their conditions the latest was said."""
    conditions = {alert.condition for alert in alerts} & state.untold.keys()
    if not conditions:
        return state
    return replace(state, untold={name: one for name, one in state.untold.items() if name not in conditions})


def still_open(patient: str, state: PatientState) -> tuple[PatientState, list[Alert]]:
    """The state once all is told, and a step for each alarm that sounds and of which only history was published.

    It has the time of the step that it repeats, since the alarm has sounded since then or should have, and the latest
    value.
    """
    said = []
    for rule in closing.rules_of(state):
        untold, episode = state.untold.get(rule.condition), state.episodes.get(rule.condition)
        if untold is None or episode is None or episode.signal not in SOUNDING:
            continue
        if episode.suppressed or episode.inactive is not None or rule.informs:
            continue  # silent as it is; what staff have inactivated sounds when that is over
        step = episodes.step_of("update", rule, episode, untold.step_s)
        said.append(outputs.said_again(outputs.alert(patient, rule, step, outputs.model_version(state, rule))))
    return replace(state, untold={}), said
