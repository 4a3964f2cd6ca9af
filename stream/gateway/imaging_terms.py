"""What an order's words and codes say of an image: modality, body part and side, in the terms of DICOM. Pure.

Only what one word can mean alone is read, and of two body parts that DICOM has no common term for, neither.
"""

import re
from collections.abc import Mapping
from typing import Final, Literal

Side = Literal["left", "right", "both"]

# fmt: off
MODALITIES: Final = frozenset({
    "BMD", "CR", "CT", "DX", "ES", "IO", "IVUS", "KER", "MG", "MR", "NM", "OCT", "OP", "OPT", "PT", "PX", "RF", "RG",
    "US", "XA",
})
"""Of the terms of PS3.3 C.7.3.1.1.1 those that take images of a patient and that an order may ask for."""
SECTIONS: Final[Mapping[str, str]] = {
    # HL7 table 0074: sections of a diagnostic service that take images, and the modality where there is one.
    "CT": "CT", "NMR": "MR", "NMS": "NM", "OUS": "US", "RUS": "US", "VUS": "US", "CUS": "US",
    "RAD": "", "RX": "", "XRC": "", "IMG": "",
}
"""IMG is no code of the table, and some systems write it for imaging."""
_MODALITY_WORDS: Final = (
    ("PT", re.compile(r"\bpet\b|positron")),
    ("CT", re.compile(r"\bcta?\b|\bcat scan|computed tomogra|computertomogra")),
    ("MR", re.compile(r"\bmr[ia]?\b|\bmrcp\b|magnetic resonance|\bmrt\b")),
    ("US", re.compile(r"\bus\b|ultraso|sonogra|doppler|echocardio")),
    ("MG", re.compile(r"mammogra|\bmammo\b")),
    ("NM", re.compile(r"scintigra|\bspect\b|nuclear medicine")),
    ("RF", re.compile(r"fluorosc|barium")),
    ("", re.compile(r"\bx-? ?rays?\b|\bxr\b|\bcxr\b|radiogra|r\u00f6ntgen")),
)
"""A radiograph is CR or DX, which is up to the machine."""
_PART_WORDS: Final[Mapping[str, re.Pattern[str]]] = {
    # PS3.16 annex L
    "CHEST": re.compile(r"\bchest|\bthora[xc]|\bcxr\b|\blungs?\b"),
    "BRAIN": re.compile(r"\bbrain|\bcerebr"),
    "HEAD": re.compile(r"\bhead\b|\bcranial"),
    "SKULL": re.compile(r"\bskull"),
    "NECK": re.compile(r"\bneck\b"),
    "ABDOMEN": re.compile(r"\babd\b|\babdom|\bkub\b"),
    "PELVIS": re.compile(r"\bpelvi[sc]"),
    "BREAST": re.compile(r"\bbreast|\bmammo"),
    "CSPINE": re.compile(r"\bc-?spine|\bcervical spine"),
    "TSPINE": re.compile(r"\bt-?spine|\bthoracic spine"),
    "LSPINE": re.compile(r"\bl-?spine|\blumbar"),
    "SPINE": re.compile(r"(?<!cervical )(?<!thoracic )(?<!lumbar )(?<![ctl]-)\bspine"),
    "HEART": re.compile(r"\bheart\b|\bcardiac|echocardio"),
    "LIVER": re.compile(r"\bliver\b"),
    "KIDNEY": re.compile(r"\bkidney|\brenal"),
    "SHOULDER": re.compile(r"\bshoulder"),
    "ELBOW": re.compile(r"\belbow"),
    "WRIST": re.compile(r"\bwrist"),
    "HAND": re.compile(r"\bhand\b"),
    "HIP": re.compile(r"\bhip\b"),
    "KNEE": re.compile(r"\bknee"),
    "ANKLE": re.compile(r"\bankle"),
    "FOOT": re.compile(r"\bfoot\b"),
}
_TOGETHER: Final[Mapping[frozenset[str], str]] = {
    frozenset({"ABDOMEN", "PELVIS"}): "ABDOMENPELVIS",
    frozenset({"CHEST", "ABDOMEN"}): "CHESTABDOMEN",
    frozenset({"CHEST", "ABDOMEN", "PELVIS"}): "CHESTABDPELVIS",
    frozenset({"HEAD", "NECK"}): "HEADNECK",
    frozenset({"HEAD", "BRAIN"}): "BRAIN",
    frozenset({"HEAD", "SKULL"}): "SKULL",
    frozenset({"CHEST", "TSPINE"}): "TSPINE",  # "thoracic spine" names the spine alone
}
_SIDES: Final[Mapping[str, Side]] = {
    "L": "left", "LT": "left", "LEFT": "left", "LFT": "left",
    "R": "right", "RT": "right", "RIGHT": "right", "RGT": "right",
    "B": "both", "BOTH": "both", "BIL": "both", "BILATERAL": "both", "BILAT": "both", "BI": "both",
}
_SIDE_WORDS: Final[Mapping[Side, re.Pattern[str]]] = {
    "left": re.compile(r"\b(left|lt)\b"),
    "right": re.compile(r"\b(right|rt)\b"),
    "both": re.compile(r"\b(bilat|bilateral|both)\b"),
}
# fmt: on


def is_imaging(text: str) -> bool:
    """Whether a procedure's name says that images are taken: a way of taking them, and of what. CT may be a germ."""
    return _ways(text) != [] and body_part(text) != ""


def modality(text: str) -> str:
    """The modality that a procedure's name says; empty where it says none, or leaves it open."""
    found = _ways(text)
    if "PT" in found:  # with a CT or MR beside it
        return "PT"
    return found[0] if len(found) == 1 else ""


def body_part(text: str) -> str:
    """The body part that words name; empty where they name none or several."""
    plain = text.casefold()
    found = frozenset(part for part, pattern in _PART_WORDS.items() if pattern.search(plain))
    return next(iter(found)) if len(found) == 1 else _TOGETHER.get(found, "")


def side(code: str) -> Side | None:
    """The side that a code or a word for it means."""
    return _SIDES.get(code.strip().upper())


def side_in(text: str) -> Side | None:
    """The side that words name; None where they name none. Left and right together are both."""
    plain = text.casefold()
    found: set[Side] = {one for one, pattern in _SIDE_WORDS.items() if pattern.search(plain)}
    return next(iter(found)) if len(found) == 1 else "both" if found else None


def _ways(text: str) -> list[str]:
    plain = text.casefold()
    return [one for one, pattern in _MODALITY_WORDS if pattern.search(plain)]
