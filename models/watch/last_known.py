"""What the newest number of a vital sign says by a limit that has just changed: it is not waited for the next. Pure."""

from typing import NamedTuple

import numpy as np

from models.alarms import episodes, grading
from models.alarms.episodes import Episode, Moved, Value
from models.alarms.rules import Rule
from models.watch.columns import Floats, Ints
from schemas.vitals import NUMERICS


class LastKnown(NamedTuple):
    """The latest numbers of each column [11], as in `state.PatientState`."""

    value: Floats
    value_ms: Ints
    told_ms: Ints
    seen_ms: Ints


def grade_again(rule: Rule, episode: Episode | None, known: LastKnown, now_ms: int, *, scale2: bool) -> Moved:
    """The episode of a rule on one vital sign once its limit has changed, and its steps.

    A number that is newer and can't be used says nothing: what was known holds.
    """
    column = NUMERICS.index(rule.input)
    number = float(known.value[column])
    if np.isnan(number) or known.value_ms[column] != known.told_ms[column]:
        return episode, ()
    grade = int(grading.grade_by(rule, np.array([number]), scale2=scale2)[0])
    now_s = now_ms / 1000
    if episode is not None and episode.known_s is not None and episode.told_s is not None:
        time_s = episode.known_s + max(0.0, now_s - episode.told_s)
    else:
        time_s = (int(known.value_ms[column]) + max(0, now_ms - int(known.seen_ms[column]))) / 1000
    return episodes.take(rule, episode, Value(grade, number, time_s, now_s))
