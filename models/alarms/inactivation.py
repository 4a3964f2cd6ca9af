"""Inactivate the signals of alarms that staff do not want to hear, and let them sound again afterwards.

An alarm whose signal is inactivated lives on as ever: it starts, escalates, eases and ends, and every step is an alert,
with the signal off and the word for why. So that nothing is lost:

- asystole, apnoea and any alarm that began or was confirmed by an extreme value sound through everything;
- the sound of one condition is off at low and medium priority alone: what is high was not meant;
- a condition that is turned off where this runs, for all patients, is silent at every priority;
- what only informs (`Rule.informs`) never sounds, whatever anybody has set, and so needs no word;
- when the inactivation is over, what is still there sounds at once, and waits anew for an answer;
- an alarm that can't be heard suppresses none that can (models/alarms/suppression.py).
"""

from collections.abc import Sequence
from typing import Final, NamedTuple

from models.alarms.episodes import Episode, step_of
from models.alarms.rules import APNOEA, ASYSTOLE, Rule
from models.alarms.suppression import Steps, suppress
from schemas.alerts import Inactivation

ALWAYS: Final = frozenset({ASYSTOLE.condition, APNOEA.condition})
"""What sounds whatever anybody has set."""
_SOUNDING: Final = ("on", "latched")


class Inactive(NamedTuple):
    """Which of a patient's signals are inactivated: all of them, with the word for it, or those of some conditions.

    turned_off  conditions that are turned off where this runs
    """

    everything: Inactivation | None = None
    sound_off: frozenset[str] = frozenset()
    turned_off: frozenset[str] = frozenset()

    def word(self, rule: Rule, episode: Episode) -> Inactivation | None:
        """The word for why an alarm's signal is inactivated; None: it is not."""
        if episode.signal not in _SOUNDING or episode.extreme or rule.informs or rule.condition in ALWAYS:
            return None
        if rule.condition in self.turned_off:
            return "audio-off"
        if self.everything is not None:
            return self.everything
        off = rule.condition in self.sound_off and rule.levels[episode.level].priority != "high"
        return "audio-off" if off else None


NOTHING: Final = Inactive()


def settle(
    rules: Sequence[Rule], episodes: dict[str, Episode], steps: Steps, time_s: float, inactive: Inactive = NOTHING
) -> Steps:
    """Return a moment's steps with those of suppressed and inactivated alarms silent, and steps for what changes over.

    Args:
        rules: the patient's rules.
        episodes: the patient's episodes by condition, after the moment. Changed in place.
        steps: the steps of this moment.
        time_s: the patient's event time then, in seconds.
        inactive: what staff do not want to hear now.
    """
    told = list(steps)
    silent: dict[str, Inactivation] = {}
    for rule in rules:
        episode = episodes.get(rule.condition)
        if episode is None or episode.start_s is None:
            continue
        word = inactive.word(rule, episode)
        if word is not None:
            silent[rule.condition] = word
        if word == episode.inactive:
            continue
        sounds = word is None and episode.signal in _SOUNDING
        episode = episode._replace(inactive=word, sounded_s=time_s if sounds else episode.sounded_s)
        episodes[rule.condition] = episode
        if episode.signal in _SOUNDING and not episode.suppressed and all(owner is not rule for owner, _ in told):
            told.append((rule, step_of("update", rule, episode, time_s)))
    told = suppress(rules, episodes, told, time_s)
    return [
        (rule, step._replace(signal="off", inactivation=silent.get(rule.condition)))
        if (rule.informs or rule.condition in silent) and step.signal in _SOUNDING
        else (rule, step)
        for rule, step in told
    ]
