"""The Clean Descriptors Option: keep only the words of a description that name anatomy, view or technique."""

from functools import cache
from typing import Final

from pydicom.sr.codedict import codes

from models.deidentify.identities import WORD, Identities

CLEANED: Final = frozenset(
    {
        "AcquisitionProtocolDescription",
        "ContrastBolusAgent",
        "DerivationDescription",
        "PerformedProcedureStepDescription",
        "ProtocolName",
        "RequestedProcedureDescription",
        "ScheduledProcedureStepDescription",
        "SeriesDescription",
        "StudyDescription",
    }
)
"""Description attributes that are cleaned; all others marked C in table E.1-1 are removed."""
CONTEXTS: Final = (4, 12, 29, 244, 4010, 4013, 4028, 4030, 4031)
"""Context groups of PS3.16: anatomic regions, contrast agents, modalities, laterality, views."""
# fmt: off
TECHNIQUE: Final = frozenset({  # our own choice
    "adc", "ap", "axial", "bone", "contrast", "coronal", "dwi", "enhanced", "flair", "kernel", "lat", "lateral",
    "localizer", "lung", "native", "oblique", "pa", "portable", "post", "pre", "recon", "sagittal", "scout", "soft",
    "stir", "supine", "t1", "t2", "tissue", "venous", "with", "without",
})
# fmt: on


def clean(text: str, identities: Identities) -> str:
    """Keep the known words of a text, separated by single blanks.

    A word that is part of one of the patient's names is dropped as well: somebody may be called Hand or Long.
    """
    left = (word for word in WORD.findall(text) if word.lower() in _known() and not identities.are_in(word))
    return " ".join(left)


@cache
def _known() -> frozenset[str]:
    contexts = [getattr(codes, f"cid{number}") for number in CONTEXTS]
    meanings = [getattr(context, name).meaning for context in contexts for name in context.dir()]
    modalities = {getattr(codes.cid29, name).value.lower() for name in codes.cid29.dir()}  # CT, MR and so on
    words = {word.lower() for meaning in meanings for word in WORD.findall(meaning) if not word[0].isdigit()}
    return TECHNIQUE | modalities | words
