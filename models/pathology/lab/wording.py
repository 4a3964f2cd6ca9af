"""A wording of generated reports: alternative phrasings for everything that a report can state."""

from typing import NamedTuple

Ways = tuple[str, ...]


class Wording(NamedTuple):
    """Alternative phrasings; names in braces are filled in. `lesions` gives the phrasings of each canonical lesion."""

    diagnosis_heading: Ways
    history_heading: Ways
    gross_heading: Ways
    addendum_heading: Ways
    head: Ways  # {organ} {taken}
    organs: dict[str, Ways]
    taken: dict[str, Ways]
    lesions: dict[str, Ways]
    stated: Ways  # {lesion}
    hedged: Ways
    denied: Ways
    history: Ways
    gross: Ways
    no_malignancy: Ways
    insufficient: Ways
    grade: Ways  # {number} {roman} {words}
    gleason: Ways  # {primary} {secondary} {sum}
    grade_group: Ways  # {group}
    stage: Ways  # {t} {n}
    margins: dict[str, Ways]
    vessels: dict[str, Ways]
    nerves: dict[str, Ways]
    receptor: Ways  # {marker} {status} {percent}
    receptor_short: Ways  # {marker} {status}
    receptors: dict[str, Ways]
    status: dict[str, Ways]
    her2_ihc: dict[str, Ways]
    her2_ish: dict[str, Ways]
    ki67: Ways  # {percent}
    lost: Ways  # {proteins}
    intact: Ways  # {proteins}
    repair: dict[str, Ways]
    satellites: dict[str, Ways]
    tps: Ways  # {percent}
    pending: Ways
    method: Ways
