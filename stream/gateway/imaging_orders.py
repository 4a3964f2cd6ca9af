"""What an order of images says (OBR, IPC, and ZDS of IHE): which procedure, of what, how soon, of which study. Pure.

Of orders that may be of anything (ORM, OMG) only those are taken that say that they are of images: by the section of
the service (OBR-24), by the study that they announce, by a code of radiology, or by a name that can mean nothing else.
IHE Radiology writes the modality into OBR-24 and the accession number into OBR-18 (RAD TF-2, 4.4).
"""

import re
from typing import Final, Literal, NamedTuple, get_args

from models.deidentify.keyed import Keyed
from schemas.imaging import ImagingOrder
from stream.gateway import imaging_terms
from stream.gateway.imaging_terms import MODALITIES, SECTIONS, Side
from stream.gateway.order_control import Effect
from stream.gateway.order_group import Group
from stream.gateway.segments import DELETED, Segment, parts, text
from stream.gateway.timing import timing
from stream.gateway.trouble import LeftOut, Trouble

_LONGEST: Final = 128  # characters of a code on the wire
_RADIOLOGY: Final = re.compile(r"7\d{4}")
"""Of CPT: section 7 is radiology."""
_CPT: Final = frozenset({"CPT", "CPT4", "CPT-4", "C4", "C5"})  # HL7 table 0396
_UID: Final = re.compile(r"[0-2](\.(0|[1-9]\d*))+", re.ASCII)
_LONGEST_UID: Final = 64
_PHYSIOTHERAPY: Final = "PT"
"""Of HL7 table 0074; of DICOM's modalities it is positron emission tomography."""

Status = Literal["ordered", "on-hold", "in-progress", "completed", "cancelled"]
_STATUSES: Final[dict[Effect, Status]] = {
    "ordered": "ordered",
    "running": "in-progress",
    "held": "on-hold",
    "stopped": "cancelled",
    "completed": "completed",
}

Priority = Literal["stat", "asap", "urgent", "routine"]  # the sooner first
# fmt: off
_PRIORITIES: Final[dict[str, Priority]] = {
    # HL7 table 0485, its beginnings written out, and FHIR's words
    "S": "stat", "STAT": "stat", "A": "asap", "ASAP": "asap", "R": "routine", "ROUTINE": "routine", "RI": "routine",
    "U": "urgent", "UR": "urgent", "URG": "urgent", "URGENT": "urgent",
}
# fmt: on
_OTHER_PRIORITIES: Final = re.compile(r"P|C|T|PRN|PREOP|CALLBACK|T[SMHDWL]\d+", re.ASCII)
"""Of HL7 table 0485: before an operation, after a call, critical in time, when needed. No field says so."""


class _Where(NamedTuple):
    """What one procedure is told by: its request, and the control segments behind it."""

    request: Segment
    control: Segment | None
    study: Segment | None


def images_of(group: Group, kind: str, key: Keyed) -> list[ImagingOrder]:
    """The records of an order of images, one for each procedure; raises LeftOut where it is none."""
    requests = group.every("OBR")
    if not requests and group.effect in {"stopped", "completed"}:
        return [_order(group, _Where(Segment("OBR", [], group.control.delimiters), None, None), key)]
    if not requests:
        where = group.where(group.control, 0)
        raise LeftOut(Trouble(where, "0", "the order is neither of a drug nor of images", "left out"))
    control, study = group.first("IPC"), group.first("ZDS")
    alone = len(requests) == 1
    found = []
    for request in requests:
        at = _Where(request, control if alone else None, study if alone else None)
        if not _is_imaging(request, kind, is_announced=control is not None or study is not None):
            trouble = Trouble(group.where(request, 24), "0", "the order is not known to be one of images", "left out")
            group.told.leave_out(trouble, _shown(request))
            continue
        found.append(_order(group, at, key))
    if not alone and (control or study):
        where = group.where(group.control, 0)
        sentence = "of which procedure of the order the study is, is not known: it is left out"
        group.told.tell(Trouble(where, "207", sentence, "remark"))
    return found


def _is_imaging(request: Segment, kind: str, *, is_announced: bool) -> bool:
    section = text(request, 24).upper()
    if kind == "OMI" or is_announced:
        return True
    if section:
        return section in SECTIONS or (section in MODALITIES and section != _PHYSIOTHERAPY)
    coded = any(
        _RADIOLOGY.fullmatch(text(request, 4, at)) and text(request, 4, at + 2).upper() in _CPT for at in (1, 4)
    )
    return coded or imaging_terms.is_imaging(_named(request))


def _order(group: Group, at: _Where, key: Keyed) -> ImagingOrder:
    request = at.request
    code, system = next(((one, text(request, 4, n + 2)) for n in (1, 4) if (one := _said(request, 4, n))), ("", ""))
    older = ((group.control, 7), (request, 27))
    when = timing(group, older)
    accession = _said(at.control, 1) or _said(request, 18)
    return ImagingOrder(
        patient=group.patient(group.time),
        time=group.time,
        order=group.named(((request, 2),), ((request, 3),)),
        status=_STATUSES[group.effect],
        priority=_priority(group, request, when.priority),
        procedure=_named(request)[:_LONGEST] or None,
        procedure_code=code[:_LONGEST] or None,
        procedure_code_system=system[:_LONGEST] or None if code else None,
        modality=_modality(at) or None,
        body_part=_body_part(group, request)[:_LONGEST] or None,
        laterality=_side(group, request),
        accession=key.name(f"accession|{accession}") if accession else None,
        study_uid=_study(group, at) or None,
        scheduled_at=when.begins,
    )


def _modality(at: _Where) -> str:
    """IPC-5, else the section of the service, else what the procedure's name says."""
    for stated in (_said(at.control, 5), text(at.request, 24)):
        if stated.upper() in MODALITIES:
            return stated.upper()
        if SECTIONS.get(stated.upper()):
            return SECTIONS[stated.upper()]
    return imaging_terms.modality(_named(at.request))


def _body_part(group: Group, request: Segment) -> str:
    """The body site (OBR-15.4) and what the procedure's name says; where they are two, neither.

    A code that no term is known for is taken with its system only: else it may be anything.
    """
    code, *more = (*parts(request, 15, 4), "", "", "")[:3]
    words = " ".join((code, *more)).replace("_", " ")
    by_site, by_name = imaging_terms.body_part(words), imaging_terms.body_part(_named(request))
    if by_site and by_name and by_site != by_name and by_site not in by_name:
        sentence = "the body site is not that of the procedure's name: both are left out"
        group.told.tell(Trouble(group.where(request, 15), "207", sentence, "remark"))
        return ""
    return by_name or by_site or (code.upper() if more[-1] else "")


def _side(group: Group, request: Segment) -> Side | None:
    stated = [one for at in (4, 5) for one in parts(request, 15, at)]
    said = {found for one in stated if (found := imaging_terms.side(one))}
    by_name = imaging_terms.side_in(_named(request))
    said |= {by_name} if by_name else set()
    if len(said) > 1:
        sentence = "the order names two sides of the body: none is taken"
        group.told.tell(Trouble(group.where(request, 15), "207", sentence, "remark"))
    return said.pop() if len(said) == 1 else None


def _priority(group: Group, request: Segment, timed: str) -> Priority | None:
    """How soon; where it is said twice, the sooner."""
    stated = (timed, text(group.control, 7, 6), text(request, 27, 6), text(request, 5))
    said = dict.fromkeys(one.upper() for one in stated if one not in {"", DELETED})
    found = {_PRIORITIES[one] for one in said if one in _PRIORITIES}
    for one in said:
        if one not in _PRIORITIES:
            is_known = _OTHER_PRIORITIES.fullmatch(one) is not None
            code, sentence = ("0", "the priority has no field") if is_known else ("103", "the priority is not known")
            group.told.tell(Trouble(group.where(request, 27), code, sentence, "remark"))
    if len(found) > 1:
        trouble = Trouble(group.where(request, 27), "207", "the order has two priorities: the sooner counts", "remark")
        group.told.tell(trouble)
    return next((one for one in get_args(Priority) if one in found), None)


def _study(group: Group, at: _Where) -> str:
    found = _said(at.control, 3) or _said(at.study, 1)
    if found and not (_UID.fullmatch(found) and len(found) <= _LONGEST_UID):
        segment = at.control if _said(at.control, 3) else at.study
        assert segment is not None  # noqa: S101 - one of them says it
        group.told.tell(Trouble(group.where(segment, 0), "102", "the study's UID is none of DICOM", "remark"))
        return ""
    return found


def _named(request: Segment) -> str:
    """The procedure's name."""
    return next((one for at in (2, 5, 9) if (one := _said(request, 4, at))), "")


def _said(segment: Segment | None, field: int, component: int = 1) -> str:
    found = text(segment, field, component)
    return "" if found == DELETED else found


def _shown(request: Segment) -> str:
    """The procedure's code, for the list of what is not used."""
    return "^".join(text(request, 4, at) for at in (1, 2, 3))[:_LONGEST]
