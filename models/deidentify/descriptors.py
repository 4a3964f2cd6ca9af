"""The Clean Descriptors Option: of a description only those words are left that name anatomy, view or technique."""

from functools import cache
from typing import Final

from pydicom.sr.codedict import codes

from models.deidentify.echoes import WORD, Identities

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
"""Of the attributes with a C in that column of table E.1-1 those that say what was done; the others are removed."""
CONTEXTS: Final = (4, 12, 29, 244, 4010, 4013, 4028, 4030, 4031)
"""PS3.16: anatomic regions, contrast agents, modalities, laterality, views of radiography and mammography."""
# fmt: off
TECHNIQUE: Final = frozenset({  # our own choice
    "adc", "ap", "axial", "bone", "contrast", "coronal", "dwi", "enhanced", "flair", "kernel", "lat", "lateral",
    "localizer", "lung", "native", "oblique", "pa", "portable", "post", "pre", "recon", "sagittal", "scout", "soft",
    "stir", "supine", "t1", "t2", "tissue", "venous", "with", "without",
})
# fmt: on


def clean(text: str, identities: Identities) -> str:
    """The text's words that are known and nobody's name, each one space apart: somebody may be called Hand or Long."""
    left = (word for word in WORD.findall(text) if word.lower() in _known() and not identities.are_in(word))
    return " ".join(left)


@cache
def _known() -> frozenset[str]:
    contexts = [getattr(codes, f"cid{number}") for number in CONTEXTS]
    meanings = [getattr(context, name).meaning for context in contexts for name in context.dir()]
    modalities = {getattr(codes.cid29, name).value.lower() for name in codes.cid29.dir()}  # CT, MR and so on
    words = {word.lower() for meaning in meanings for word in WORD.findall(meaning) if not word[0].isdigit()}
    return TECHNIQUE | modalities | words
