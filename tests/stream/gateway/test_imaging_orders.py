"""Orders of images (ORM, OMG, OMI): what is to be done, of what, how soon; orders of other kinds are told.

Messages with a source beside them are public ones, shortened and with other names.
"""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from schemas.imaging import ImagingOrder
from schemas.therapy import Medication
from stream.gateway import imaging_terms
from stream.gateway.conventions import Conventions
from stream.gateway.segments import split
from stream.gateway.translate import Translation, translate
from stream.gateway.trouble import Unusable
from tests.builders.hl7_messages import message, pseudonym_in
from tests.builders.hl7_orders import CHEST, STUDY, control, imaged, requested
from tests.stream.gateway.test_server import READING

IRISH = Conventions(READING.key, zone=ZoneInfo("Europe/Dublin"))


def read(sent: bytes | str) -> Translation:
    (one,) = split(sent.decode() if isinstance(sent, bytes) else sent.strip().replace("\n", "\r"))
    return translate(one, IRISH)


def order_in(sent: bytes | str) -> ImagingOrder:
    (event,) = read(sent).events
    assert event.topic == "imaging-orders"
    assert isinstance(event.record, ImagingOrder)
    return event.record


def said_of(order: ImagingOrder) -> dict[str, object]:
    return order.model_dump(exclude_none=True, exclude={"patient", "order", "accession", "time"})


def test_an_order_of_a_radiograph_arrives_whole() -> None:
    sent = imaged()
    order = order_in(sent)
    assert said_of(order) == {
        "status": "ordered",
        "priority": "stat",
        "procedure": "XR CHEST 2 VIEWS",
        "procedure_code": "71046",
        "procedure_code_system": "CPT",
        "modality": "DX",
        "body_part": "CHEST",
        "study_uid": "1.2.826.0.1.3680043.8.498.1",
        "scheduled_at": datetime(2026, 11, 21, 9, 30, tzinfo=UTC),
    }
    assert order.time == datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
    assert order.patient == pseudonym_in(sent, IRISH)
    assert read(sent).troubles == []


def test_no_number_of_the_hospital_is_carried_as_it_is() -> None:
    order = order_in(imaged())
    assert not any("77" in one or "ORD" in one for one in (order.order, order.accession or ""))
    again = order_in(imaged(control("CA"), requested("1^CT HEAD", "CT", accession="ACC-77")))
    assert (again.order, again.accession) == (order.order, order.accession)


# OpenMRS, radiology module (createHL7Message): the code only in a second coding, the modality in OBR-24 as IHE has it.
OPENMRS = r"""
MSH|^~\&|OpenMRSRadiologyModule|OpenMRS|||20150204130000||ORM^O01|1|P|2.3.1
PID|||100||X^Y^Z||19500401000000|M
ORC|NW|1|||||^^^20150204143500^^S
OBR||||^^^^CT ABDOMEN PANCREAS WITH IV CONTRAST|||||||||||||||1|1||||CT
ZDS|1.2.826.0.1.3680043.8.2186.1.1^^Application^DICOM
"""
# A radiology information system's (AlShifa, ballerina's HL7 example): side and view in OBR-15.
KNEE = r"""
MSH|^~\&|AlShifa-RIS|WXYZ|ABCPACS|WXYZ|20250430140223||ORM^O01^ORM_O01|6876799-2970342|P|2.4
PID|||WXYZ318935^^^WXYZ Hospital^^WXYZ Hospital||X^Y||19660601000000|F
ORC|NW|6876799^AlShifa-RIS|4530004|4530004^AlShifa-RIS|SC|F|1^^^20250430140223^^R||20250430140145
OBR||6876799||402^Knee X-Ray :: Right :: Lateral|||||||||||^^^Lateral^Right|||5029906||||||DX|||1^^^20250430140223^^R
ZDS|1.2.826.0.1.3680043.2.1048.400010104530004^AlShifa-RIS^Application^DICOM
"""
# HL7 Gender Harmony, DICOM use case, example 1: an OMI of version 2.9.1 with its procedure step.
PET = r"""
MSH|^~\&|||||20220715090000||OMI^O23|WSA5mY0UBuCGrytRTAFR8UWJ|P|2.9.1
PID|||patientID^^^^MR||X^Y|||F
ORC|NW||||||||20220715090000|||^Cure^Matt^^^^MD
OBR|1|entityID|fillrtOrderNum|82800-4^PET+CT Heart W contrast IV^LN||||||||||||||||||||NMS|||||||^Reason for Study|
IPC|accessionNum|procedureID|1.2.3.4|schProcedureStepId|PT^Positron emission tomography^DCM|122793^PET^DCM
"""
# Ireland's NIMIS: a cancellation without section or study, whose code is CPT's under another name.
CANCELLED = r"""
MSH|^~\&|CPOE|TALLAGHT|NIMIS_RIS|TALLAGHT|20250515113000||ORM^O01^ORM_O01|ORM20250515113000001|P|2.5|||AL|NE
PID|1||TUH694578^^^TALLAGHT^MR||X^Y||19841123|M
ORC|CA|TUHORD20250514001|NIMISACC20250514001||CA||||20250515112500
OBR|1|TUHORD20250514001|NIMISACC20250514001|74177^CT abdomen with contrast^LOINC
NTE|1||Order cancelled - patient discharged.
"""


@pytest.mark.parametrize(
    ("sent", "said"),
    [
        (OPENMRS, {"status": "ordered", "priority": "stat", "procedure": "CT ABDOMEN PANCREAS WITH IV CONTRAST",
                   "modality": "CT", "body_part": "ABDOMEN", "study_uid": "1.2.826.0.1.3680043.8.2186.1.1",
                   "scheduled_at": datetime(2015, 2, 4, 14, 35, tzinfo=UTC)}),
        (KNEE, {"status": "ordered", "priority": "routine", "procedure": "Knee X-Ray :: Right :: Lateral",
                "procedure_code": "402", "modality": "DX", "body_part": "KNEE", "laterality": "right",
                "study_uid": "1.2.826.0.1.3680043.2.1048.400010104530004",
                "scheduled_at": datetime(2025, 4, 30, 13, 2, 23, tzinfo=UTC)}),
        (PET, {"status": "ordered", "procedure": "PET+CT Heart W contrast IV", "procedure_code": "82800-4",
               "procedure_code_system": "LN", "modality": "PT", "body_part": "HEART", "study_uid": "1.2.3.4"}),
        (CANCELLED, {"status": "cancelled", "procedure": "CT abdomen with contrast", "procedure_code": "74177",
                     "procedure_code_system": "LOINC", "modality": "CT", "body_part": "ABDOMEN"}),
    ],
)  # fmt: skip
def test_orders_of_public_guides_are_read(sent: str, said: dict[str, object]) -> None:
    assert said_of(order_in(sent)) == said


@pytest.mark.parametrize(
    ("code", "status", "said"),
    [("NW", "", "ordered"), ("XO", "", "ordered"), ("XO", "CM", "completed"), ("SC", "IP", "in-progress"),
     ("SC", "CM", "completed"), ("HD", "", "on-hold"), ("CA", "", "cancelled"), ("DC", "IP", "cancelled")],
)  # fmt: skip
def test_what_becomes_of_the_order_is_said(code: str, status: str, said: str) -> None:
    assert order_in(imaged(control(code, status), CHEST)).status == said


@pytest.mark.parametrize(
    ("request_", "is_taken"),
    [
        (requested("1^x", "RAD"), True),
        (requested("1^x", "CT"), True),
        (requested("1^x", "mr"), True),
        (requested("71046^whatever^CPT"), True),
        (requested("1^MRI brain with contrast^L"), True),
        (requested("1^Chest X-ray PA^L"), True),
        (requested("80053^CMP^CPT"), False),
        (requested("43304-5^CT/NG PCR^LN"), False),
        (requested("1^Physiotherapy of the knee", "PT"), False),
        (requested("1^CT head", "LAB"), False),
        (requested("1^Brain natriuretic peptide^L"), False),
        (requested("71046^an own code^L"), False),
        ("OBR|1", False),
    ],
)
def test_only_orders_that_say_so_are_of_images(request_: str, is_taken: bool) -> None:  # noqa: FBT001 - a table's column
    translation = read(imaged(control(), request_))
    assert [event.topic for event in translation.events] == ["imaging-orders"] * is_taken
    assert [one.where for one in translation.unused] == ["OBR^1^24"] * (not is_taken)
    assert [(one.where, one.weight) for one in translation.troubles] == [("OBR^1^24", "left out")] * (not is_taken)


def test_an_omi_is_of_images_whatever_its_section() -> None:
    assert order_in(imaged(control(), requested("1^x"), kind="OMI^O23^OMI_O23")).status == "ordered"


@pytest.mark.parametrize(
    ("stated", "priority", "told"),
    [
        ({"timing": "1^^^^^S"}, "stat", []),
        ({"timing": "1^^^^^A"}, "asap", []),
        ({"timing": "1^^^^^R"}, "routine", []),
        ({"priority": "STAT"}, "stat", []),
        ({"priority": "URGENT"}, "urgent", []),
        ({"timing": "1^^^^^R", "priority": "S"}, "stat", ["207"]),
        ({"timing": "1^^^^^P"}, None, ["0"]),
        ({"timing": "1^^^^^TS30"}, None, ["0"]),
        ({"timing": "1^^^^^soon"}, None, ["103"]),
        ({}, None, []),
    ],
)
def test_how_soon_is_said_in_the_words_of_fhir(stated: dict[str, str], priority: str | None, told: list[str]) -> None:
    sent = imaged(control(), requested("1^x", "CT", **stated))
    assert order_in(sent).priority == priority
    assert [one.code for one in read(sent).troubles] == told


@pytest.mark.parametrize(
    ("name", "site", "part", "side"),
    [
        ("CT HEAD W/O CONTRAST", "", "HEAD", None),
        ("MRI brain", "", "BRAIN", None),
        ("CT abdomen and pelvis", "", "ABDOMENPELVIS", None),
        ("XR L-SPINE 2 VIEWS", "", "LSPINE", None),
        ("CT thoracic spine", "", "TSPINE", None),
        ("Mammography bilateral screening", "", "BREAST", "both"),
        ("X-ray", "^^^KNEE^L", "KNEE", "left"),
        ("XR KNEE LT", "", "KNEE", "left"),
        ("XR KNEE LT", "^^^KNEE^R", "KNEE", None),
        ("XR KNEE", "^^^HIP", None, None),
        ("CT KNEE AND HIP", "", None, None),
        ("x", "^^^LLL&Left lower lobe&HL70163", "LLL", None),
        ("x", "52893^F^M^Conor", None, None),
        ("Bleeding time", "", None, None),
    ],
)
def test_body_part_and_side_are_those_of_dicom(name: str, site: str, part: str | None, side: str | None) -> None:
    order = order_in(imaged(control(), requested(f"1^{name}", "RAD", site)))
    assert (order.body_part, order.laterality) == (part, side)


def test_what_contradicts_itself_is_told() -> None:
    sides = read(imaged(control(), requested("1^XR KNEE LT", "DX", "^^^KNEE^R")))
    parts = read(imaged(control(), requested("1^XR KNEE", "DX", "^^^HIP")))
    assert [one.where for one in (*sides.troubles, *parts.troubles)] == ["OBR^1^15", "OBR^1^15"]


@pytest.mark.parametrize(
    ("name", "modality"),
    [("PET/CT whole body", "PT"), ("CT chest", "CT"), ("CTA head", "CT"), ("MRA brain", "MR"), ("US abdomen", "US"),
     ("Mammography", "MG"), ("XR chest", ""), ("CT or MRI brain", ""), ("Echocardiogram", "US"), ("discussion", "")],
)  # fmt: skip
def test_the_modality_of_a_name(name: str, modality: str) -> None:
    assert imaging_terms.modality(name) == modality


def test_two_procedures_under_one_order_are_two_records_and_neither_gets_the_study() -> None:
    translation = read(imaged(control(), CHEST, requested("2^CT HEAD", "CT"), STUDY))
    records = [event.record for event in translation.events]
    assert [(one.procedure_code, one.study_uid) for one in records if isinstance(one, ImagingOrder)] == [
        ("71046", None),
        ("2", None),
    ]
    assert [one.where for one in translation.troubles] == ["ORC^1"]


def test_orders_of_one_message_cost_only_themselves() -> None:
    translation = read(imaged(control("ZZ"), CHEST, control(numbers=("ORD-2", "")), CHEST))
    assert [one.topic for one in translation.events] == ["imaging-orders"]
    assert [one.where for one in translation.troubles] == ["ORC^1^1"]


def test_an_end_that_does_not_say_of_what_ends_both() -> None:
    translation = read(imaged(control("CA")))
    drug, image = (event.record for event in translation.events)
    assert isinstance(drug, Medication)
    assert isinstance(image, ImagingOrder)
    assert (drug.status, image.status) == ("stopped", "cancelled")
    assert [(one.where, one.weight) for one in translation.troubles] == [("ORC^1", "remark")]


def test_a_beginning_that_does_not_say_of_what_is_told() -> None:
    translation = read(imaged(control("NW"), "NTE|1||x"))
    assert translation.events == []
    assert [(one.where, one.weight) for one in translation.troubles] == [("ORC^1", "left out")]


def test_a_study_that_is_no_uid_is_told() -> None:
    translation = read(imaged(control(), CHEST, "ZDS|1.2.x"))
    assert [one.where for one in translation.troubles] == ["ZDS^1"]


def test_an_order_of_nobody_is_refused() -> None:
    with pytest.raises(Unusable) as refused:
        read(imaged(person='PID|||""'))
    assert refused.value.trouble.where == "PID^1^3"
    with pytest.raises(Unusable):
        read(message("PID|||7^^^H^MR", kind="OMI^O21"))
