"""What a model may judge: by age, class, kind, part of the body and view; each refusal names its tag."""

from typing import Any

import numpy as np
import pytest
from pydicom import Dataset, uid

from models.lesion.admission import NO_MODEL, admitted
from models.lesion.anatomy import UNKNOWN, part_named
from models.lesion.dicom import Limits, read_dicom
from tests.builders.dicom_files import a_dataset, as_bytes

pytestmark = pytest.mark.filterwarnings("ignore::UserWarning:pydicom")  # values that break their representation


def outcome(**attributes: Any) -> str:
    """The set that may judge such a film, or the sentence of the refusal."""
    known, refusal = admitted(read_dicom(as_bytes(a_dataset(**attributes)), Limits()))
    return known.name if known is not None else refusal.sentence if refusal is not None else ""


def coded(value: str, scheme: str, meaning: str) -> Dataset:
    item = Dataset()
    item.CodeValue, item.CodingSchemeDesignator, item.CodeMeaning = value, scheme, meaning
    return item


@pytest.mark.parametrize("age", ["001Y", "005Y", "4Y", "012M", "071M", "053W", "900D"])
def test_a_film_of_a_child_of_one_to_five_is_admitted_in_any_unit(age: str) -> None:
    assert outcome(PatientAge=age) == "chest_xray"


@pytest.mark.parametrize("age", ["067Y", "006Y", "011M", "072M", "040W", "364D", "000Y", "67"])
def test_a_film_of_anybody_else_is_refused(age: str) -> None:
    assert outcome(PatientAge=age).startswith("Patient's Age (0010,1010): chest_xray was trained on patients of one")


@pytest.mark.parametrize(
    ("dates", "judged"),
    [
        ({"PatientBirthDate": "19500101", "StudyDate": "20260101"}, False),
        ({"PatientBirthDate": "20220101", "StudyDate": "20260101"}, True),
        ({"PatientBirthDate": "1950.01.01", "StudyDate": "20260101"}, False),
        ({"PatientBirthDate": "19500101", "StudyDate": "", "AcquisitionDate": "20260101"}, False),
        ({"PatientBirthDate": "19500101"}, True),  # without a date of the film no age follows
        ({"PatientBirthDate": "20230101", "StudyDate": "20220101"}, True),  # nor from one before birth
        (
            {"PatientBirthDate": "19500101", "StudyDate": "20260101", "PatientAge": "004Y"},
            False,
        ),  # one of both is wrong
    ],
)
def test_the_age_follows_from_the_birth_date_too(dates: dict[str, str], *, judged: bool) -> None:
    said = outcome(**dates)
    assert said == "chest_xray" if judged else said.startswith("Patient's Birth Date (0010,0030)")


@pytest.mark.parametrize(
    ("attributes", "tag"),
    [
        ({"SOPClassUID": uid.DigitalXRayImageStorageForProcessing}, "(0008,0016)"),
        ({"SOPClassUID": uid.SecondaryCaptureImageStorage}, "(0008,0016)"),
        ({"SOPClassUID": uid.DigitalMammographyXRayImageStorageForPresentation}, "(0008,0016)"),
        ({"SOPClassUID": ""}, "(0008,0016)"),
        ({"PresentationIntentType": "FOR PROCESSING"}, "(0008,0068)"),
        ({"QualityControlImage": "YES"}, "(0028,0300)"),
        ({"QualityControlSubject": "YES"}, "(0010,0200)"),
        ({"PatientSpeciesDescription": "Canine"}, "(0010,2201"),
        ({"PatientSpeciesCodeSequence": [coded("448771007", "SCT", "Canis lupus familiaris")]}, "(0010,2201"),
        ({"ConversionType": "WSD"}, "(0008,0064)"),
        ({"ImageType": ["DERIVED", "SECONDARY"]}, "(0008,0008) says SECONDARY"),
        ({"ImageType": ["ORIGINAL", "PRIMARY", "SCREEN SAVE"]}, "(0008,0008) says SCREEN SAVE"),
        ({"ImageType": ["DERIVED", "PRIMARY", "MIP"]}, "(0008,0008) says MIP"),
        ({"VolumeBasedCalculationTechnique": "MAX_IP"}, "(0008,9207)"),
    ],
)
def test_what_is_no_picture_as_the_device_took_it_is_refused_by_name_of_the_tag(
    attributes: dict[str, Any], tag: str
) -> None:
    assert tag in outcome(**attributes)


@pytest.mark.parametrize(
    "attributes",
    [
        {"ImageType": ["ORIGINAL", "PRIMARY", ""]},
        {"ImageType": ["DERIVED", "PRIMARY"]},  # processed for presentation, as most films are
        {"PresentationIntentType": "FOR PRESENTATION", "QualityControlImage": "NO"},
        {"PatientSpeciesDescription": "Homo sapiens"},
        {"Modality": "CR", "SOPClassUID": uid.ComputedRadiographyImageStorage},
    ],
)
def test_an_ordinary_film_is_admitted(attributes: dict[str, Any]) -> None:
    assert outcome(**attributes) == "chest_xray"


def test_a_film_in_colour_is_refused() -> None:
    assert "(0028,0002)" in outcome(stored=np.zeros((8, 8, 3), np.uint8))


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("CHEST", "CHEST"),
        ("Chest", "CHEST"),
        (" chest ", "CHEST"),
        ("CHEST PA", "CHEST"),
        ("Thorax a.p.", "THORAX"),
        ("T\u00f3rax", "THORAX"),
        ("BREAST_LEFT", "BREAST"),
        ("L Breast", "BREAST"),
        ("Mamma re", "BREAST"),
        ("Gehirn", "BRAIN"),
        ("CHEST ABDOMEN", UNKNOWN),
        ("CHEST HEAD", UNKNOWN),
        ("TSPINE", UNKNOWN),
        ("left", UNKNOWN),
        ("\u80f8", UNKNOWN),
        ("", None),
        (None, None),
    ],
)
def test_a_part_of_the_body_is_known_in_any_spelling(text: str | None, part: str | None) -> None:
    assert part_named(text) == part


@pytest.mark.parametrize(
    "region",
    [
        coded("51185008", "SCT", "Chest"),
        coded("816094009", "SCT", "Thorax"),
        coded("T-D3000", "SRT", "Chest"),
        coded("T-D3000", "SNM3", ""),
        coded("X1", "99LOCAL", "Chest"),
    ],
)
def test_the_anatomic_region_says_it_without_a_body_part(region: Dataset) -> None:
    assert outcome(BodyPartExamined="", AnatomicRegionSequence=[region]) == "chest_xray"


def test_a_frame_s_anatomy_says_it_too() -> None:
    anatomy, group = Dataset(), Dataset()
    anatomy.AnatomicRegionSequence = [coded("76752008", "SCT", "Breast")]
    group.FrameAnatomySequence = [anatomy]
    said = outcome(Modality="US", BodyPartExamined="", SharedFunctionalGroupsSequence=[group])
    assert said == "breast_ultrasound"


def test_two_places_that_name_different_parts_are_a_refusal() -> None:
    assert "(0008,2218)" in outcome(AnatomicRegionSequence=[coded("818981001", "SCT", "Abdomen")])
    assert outcome(BodyPartExamined="HAND", AnatomicRegionSequence=[coded("85562004", "SCT", "Hand")]) == (
        NO_MODEL.sentence
    )


@pytest.mark.parametrize(
    ("position", "code", "judged"),
    [
        ("AP", None, True),
        ("A.P.", None, True),
        ("AP SUPINE", None, True),
        ("antero-posterior", None, True),
        ("", coded("399348003", "SCT", "antero-posterior"), True),
        ("", coded("R-10206", "SRT", ""), True),
        ("", coded("9", "99LOCAL", "Antero-posterior projection"), True),
        ("AP", coded("272479007", "SCT", "postero-anterior"), False),
        ("", coded("272479007", "SCT", "postero-anterior"), False),
        ("", coded("399067008", "SCT", "lateral projection"), False),
        ("PA", None, False),
        ("LL", None, False),
    ],
)
def test_the_view_is_stated_by_position_or_by_code(position: str, code: Dataset | None, *, judged: bool) -> None:
    said = outcome(ViewPosition=position, **({} if code is None else {"ViewCodeSequence": [code]}))
    assert said == "chest_xray" if judged else "(0054,0220)" in said


def test_no_refusal_quotes_the_file() -> None:
    for attributes in ({"ViewPosition": "DOE"}, {"BodyPartExamined": "DOE"}, {"ImageType": ["DOE", "SECONDARY"]}):
        assert "DOE" not in outcome(**attributes)
