"""Apply the profile to a data set: each attribute by its action, sequences item by item; and record it there."""

from collections import Counter
from dataclasses import dataclass
from typing import Any, Final
from unicodedata import normalize

from pydicom import DataElement, Dataset
from pydicom.datadict import keyword_for_tag
from pydicom.multival import MultiValue
from pydicom.sr.codedict import codes
from pydicom.sr.coding import Code
from pydicom.tag import BaseTag

from models.deidentify.descriptors import CLEANED, clean
from models.deidentify.identities import BYTES, CODED, TEXTS, Identities, attributes, identities
from models.deidentify.keyed import Keyed, shifted
from models.deidentify.table import EDITION, GRAPHICS, Action, action
from models.fillers import is_filler

METHOD: Final = f"Wardwatch: PS3.15 {EDITION}, table E.1-1"  # LO, 64 characters at most
MOMENTS: Final = frozenset({"DA", "DT", "TM"})
PIXELS: Final = frozenset({"PixelData", "FloatPixelData", "DoubleFloatPixelData"})
DUMMIES: Final[dict[str, str | bytes | int | float]] = {
    **dict.fromkeys((*TEXTS, "AE", "CS", "PN"), "REMOVED"),
    **dict.fromkeys(("DS", "IS"), "0"),
    **dict.fromkeys(("OB", "OD", "OF", "OL", "OV", "OW", "UN"), bytes(8)),
    **dict.fromkeys(("AT", "FD", "FL", "SL", "SS", "SV", "UL", "US", "UV"), 0),
    "AS": "000Y",
    "DA": "19000101",
    "DT": "19000101000000",
    "TM": "000000",
    "UR": "http://removed.invalid",  # RFC 2606
}
KINDS: Final = {"PN": "names", "UI": "UIDs", "SQ": "sequences", **dict.fromkeys(MOMENTS, "dates and times")}


@dataclass(frozen=True)
class Options:
    """The profile's options, which keep more than the profile does by itself."""

    modified_dates: bool = False  # E.3.6, moved by a number of days that is fixed for each patient
    descriptors: bool = False  # E.3.5, without words that could be a name
    pixels: bool = False  # E.3.1: regions were blanked beforehand


@dataclass(frozen=True)
class _Patient:
    """The patient of one data set, with the pseudonym and the days by which dates are moved."""

    keyed: Keyed
    options: Options
    pseudonym: str
    days: int
    identities: Identities
    changes: Counter[str]


def deidentify(dataset: Dataset, keyed: Keyed, options: Options) -> Counter[str]:
    """De-identify a data set in place; return how many values were removed, emptied or replaced, by kind.

    Data sets with the same patient id (0010,0020) of the same issuer belong to one patient; without an id that is
    somebody's, each study counts as a patient of its own. Raises what pydicom raises for broken values.
    """
    identity = _identity(dataset)
    patient = _Patient(keyed, options, keyed.name(identity), keyed.days(identity), identities(dataset), Counter())
    _clean(dataset, patient)
    _declare(dataset, options)
    return patient.changes


def _identity(dataset: Dataset) -> str:
    """Who the patient is: the id alone where its issuer is not stated, else the id and the whole of who issued it.

    A universal id counts before a name, as over the network. Each part but the last has its length before it, so that
    no two patients can be written in the same way.
    """
    identifier = _written(dataset, "PatientID")
    if is_filler(identifier):
        return f"study {dataset.get('StudyInstanceUID')}"
    qualifiers = dataset.get("IssuerOfPatientIDQualifiersSequence") or [Dataset()]
    universal = _written(qualifiers[0], "UniversalEntityID")
    kind = _written(qualifiers[0], "UniversalEntityIDType") if universal else ""
    issuer = universal or _written(dataset, "IssuerOfPatientID")
    if not (issuer or identifier.startswith(("study ", "issued "))):
        return identifier
    return f"issued {len(kind)} {kind} {len(issuer)} {issuer} {identifier}"


def _written(dataset: Dataset, keyword: str) -> str:
    """A text as a whole; a backslash parts values, but there can be one only."""
    stated = dataset.get(keyword) or ""
    whole = stated if isinstance(stated, str) else "\\".join(map(str, stated))
    return normalize("NFC", whole.strip())


def _clean(dataset: Dataset, patient: _Patient, *, all_dummies: bool = False) -> None:
    """Clean one data set or sequence item. With `all_dummies` every value is replaced and only the structure stays."""
    for tag, vr in attributes(dataset):
        todo = action(tag, vr)
        if todo == "remove" and not _is_kept(tag, vr, patient.options):
            del dataset[tag]
            patient.changes[_kind(tag, vr)] += 1
            continue
        if vr == "SQ":
            _clean_sequence(dataset[tag], todo, patient, all_dummies=all_dummies)
        elif todo != "keep":
            _change(dataset[tag], todo, patient)
        elif all_dummies and vr != "UI":
            _change(dataset[tag], "replace", patient)
        else:
            _take_out_names(dataset[tag], vr, patient)


def _take_out_names(element: DataElement, vr: str, patient: _Patient) -> None:
    """Empty a text that is kept and yet holds a name or number; of codes, replace the values that do."""
    if vr in BYTES and element.keyword not in PIXELS and isinstance(element.value, bytes):
        if patient.identities.are_in_bytes(element.value):
            _change(element, "replace", patient)
    elif vr in TEXTS and patient.identities.are_in(str(element.value)):
        _change(element, "empty", patient)
    elif vr in CODED and element.keyword != "PhotometricInterpretation" and not element.is_empty:
        values = _values(element.value)
        kept = [DUMMIES[vr] if patient.identities.are_in(one) else one for one in values]
        if kept != values:
            element.value = kept if len(kept) > 1 else kept[0]
            patient.changes[_kind(element.tag, vr)] += 1


def _is_kept(tag: BaseTag, vr: str, options: Options) -> bool:
    """Return whether an option keeps what the profile alone would remove."""
    keyword = keyword_for_tag(tag)
    return (options.modified_dates and vr in MOMENTS and "Birth" not in keyword) or (
        options.descriptors and keyword in CLEANED
    )


def _clean_sequence(element: DataElement, todo: Action, patient: _Patient, *, all_dummies: bool) -> None:
    if todo == "empty" and len(element.value):
        element.value = []
        patient.changes["sequences"] += 1
    for item in element.value:
        _clean(item, patient, all_dummies=all_dummies or todo == "replace")


def _change(element: DataElement, todo: Action, patient: _Patient) -> None:
    """Replace the attribute's value; an empty one stays as it is."""
    if element.is_empty:
        return
    before = element.value
    element.value = _replacement(element, todo, patient)
    patient.changes[_kind(element.tag, element.VR)] += bool(element.value != before)


def _replacement(element: DataElement, todo: Action, patient: _Patient) -> Any:  # noqa: ANN401 as pydicom has it
    if element.keyword in {"PatientID", "PatientName"}:
        return patient.pseudonym
    if element.VR == "UI":
        return _map_values(element.value, patient.keyed.uid)
    if patient.options.modified_dates and element.VR in MOMENTS and "Birth" not in element.keyword:
        return _map_values(element.value, lambda moment: _moved(moment, element.VR, todo, patient.days))
    if patient.options.descriptors and element.keyword in CLEANED:
        text = clean(" ".join(_values(element.value)), patient.identities)
        return text or (DUMMIES[element.VR] if todo == "replace" else "")
    return DUMMIES[element.VR] if todo == "replace" else None


def _moved(moment: str, vr: str, todo: Action, days: int) -> str:
    if vr == "TM":
        return moment
    return shifted(moment, days) or (str(DUMMIES[vr]) if todo == "replace" else "")


def _map_values(value: Any, change: Any) -> Any:  # noqa: ANN401 as pydicom has it
    new = [change(one) for one in _values(value)]
    return new if isinstance(value, MultiValue) else new[0]


def _values(value: Any) -> list[str]:  # noqa: ANN401 as pydicom has it
    return [str(one) for one in value] if isinstance(value, MultiValue) else [str(value)]


def _kind(tag: BaseTag, vr: str) -> str:
    if tag.is_private:
        return "private attributes"
    if tag.group & 0xFF00 in GRAPHICS:
        return "overlays and curves"
    return KINDS.get(vr, "texts and identifiers")


def _declare(dataset: Dataset, options: Options) -> None:
    """Record that the data set was de-identified, by which method, and how its dates were changed.

    Source: PS3.15 E.1.1, PS3.3 C.7.1.1 and C.12.1.
    """
    done = [codes.DCM.BasicApplicationConfidentialityProfile]
    if options.descriptors:
        done.append(codes.DCM.CleanDescriptorsOption)
    if options.pixels:
        done.append(codes.DCM.CleanPixelDataOption)
    if options.modified_dates:
        done.append(codes.DCM.RetainLongitudinalTemporalInformationModifiedDatesOption)
    dataset.PatientIdentityRemoved = "YES"
    dataset.DeidentificationMethod = METHOD
    dataset.DeidentificationMethodCodeSequence = [_item(code) for code in done]
    dataset.LongitudinalTemporalInformationModified = "MODIFIED" if options.modified_dates else "REMOVED"


def _item(code: Code) -> Dataset:
    item = Dataset()
    item.CodeValue, item.CodingSchemeDesignator, item.CodeMeaning = code.value, code.scheme_designator, code.meaning
    return item
