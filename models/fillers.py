"""What stands for nobody where a patient's identifier should be."""

import re
from typing import Final

# fmt: off
_FILLERS: Final = frozenset({
    "unknown", "unk", "unkown", "noname", "none", "null", "nil", "undefined", "unassigned", "unidentified", "anonymous",
    "anonym", "nn", "n.n.", "na", "n/a", "n.a.", "noid", "no-id", "no_id", "nopatient", "no-patient", "patient",
    "default", "dummy", "test", "temp", "xxx", "unbekannt", "inconnu", "desconocido", "desconocida", "sconosciuto",
    "onbekend", "okänd", "ukjent", "ukendt", "nieznany",
})
# fmt: on
"""What senders write for nobody, in lower case and without blanks; our choice, and a site may add its own."""
_NO_NAME: Final = re.compile(r"[\W_0]*")  # zeros and punctuation, and so what deletes a field


def is_filler(stated: str) -> bool:
    """Whether a name is only what fills a field: deleted, zeros, dashes, a word for nobody."""
    return bool(_NO_NAME.fullmatch(stated)) or "".join(stated.casefold().split()) in _FILLERS
