"""The Basic Application Confidentiality Profile, attribute by attribute, and what its options leave."""

from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydicom import Dataset
from pydicom.datadict import dictionary_VR, tag_for_keyword
from pydicom.tag import Tag
from pydicom.uid import UID

from models.deidentify.descriptors import CLEANED, clean
from models.deidentify.identities import Identities
from models.deidentify.keyed import MOST_DAYS, Keyed, shifted
from models.deidentify.profile import Options, deidentify
from models.deidentify.table import ACTIONS, COLUMNS, action
from models.lesion.burned_in import burned_in
from tests.builders.dicom_files import INSTANCE, STUDY, a_dataset

KEYED = Keyed(b"a key of the tests, and no other")
DATES = Options(modified_dates=True)
WORDS = Options(descriptors=True)


def an_item(**attributes: object) -> Dataset:
    item = Dataset()
    for keyword, value in attributes.items():
        setattr(item, keyword, value)
    return item


def done(options: Options = Options(), keyed: Keyed = KEYED, **attributes: Any) -> Dataset:  # noqa: B008 frozen
    dataset = a_dataset(**attributes)
    deidentify(dataset, keyed, options)
    return dataset


@pytest.mark.parametrize(
    ("keyword", "expected"),
    [  # table E.1-1, column "Basic Prof."
        ("AccessionNumber", "empty"),  # Z
        ("InstitutionAddress", "remove"),  # X
        ("OtherPatientIDs", "remove"),  # X
        ("PatientBirthDate", "empty"),  # Z
        ("PatientID", "replace"),  # Z/D
        ("PatientName", "empty"),  # Z; a pseudonym is a non-zero dummy, which Z allows
        ("ReferringPhysicianName", "empty"),  # Z
        ("PersonName", "replace"),  # D
        ("ContentSequence", "replace"),  # D
        ("SOPInstanceUID", "remap"),  # U
        ("StudyInstanceUID", "remap"),  # U
        ("FrameOfReferenceUID", "remap"),  # U
        ("ReferencedImageSequence", "keep"),  # X/Z/U*
        ("Modality", "keep"),  # not in the table
        ("Rows", "keep"),
    ],
)
def test_an_attribute_meets_what_the_standard_says_of_it(keyword: str, expected: str) -> None:
    tag = Tag(tag_for_keyword(keyword) or 0)
    assert action(tag, dictionary_VR(tag)) == expected


def test_no_attribute_stands_in_two_columns_of_the_table() -> None:
    rows = [row for column, _ in COLUMNS for row in column if len(row) == 2]
    assert len(rows) == len(ACTIONS) > 600


@pytest.mark.parametrize(
    ("tag", "vr", "expected"),
    [
        (0x00091002, "LO", "remove"),  # private
        (0x60003000, "OW", "remove"),  # an overlay
        (0x50000010, "US", "remove"),  # a curve
        (0x00080000, "UL", "remove"),  # a group's length
        (0x0008FFF0, "LO", "remove"),  # in no dictionary
        (0x00080070, "LO", "keep"),  # manufacturer
        (0x00080070, "PN", "empty"),  # the manufacturer as a person: what a file may say
        (0x00081150, "UI", "keep"),  # referenced SOP class
        (0x0040E011, "UI", "remap"),  # retrieve location, which the table leaves out
        (0x0018937B, "UN", "remove"),  # whatever nobody could decode
    ],
)
def test_where_the_table_is_silent_what_may_name_somebody_goes(tag: int, vr: str, expected: str) -> None:
    assert action(Tag(tag), vr) == expected


def test_a_patient_has_one_pseudonym_that_only_the_key_gives() -> None:
    first, second = done(), done(SOPInstanceUID="1.2.3")
    assert first.PatientID == first.PatientName == second.PatientID
    assert done(PatientID="MRN-4712").PatientID != first.PatientID
    assert done(keyed=Keyed(bytes(32))).PatientID != first.PatientID


def test_references_within_a_study_still_hold() -> None:
    image = done()
    reference = an_item(ReferencedSOPClassUID=image.SOPClassUID, ReferencedSOPInstanceUID=INSTANCE)
    other = done(SOPInstanceUID="1.2.3", ReferencedImageSequence=[reference], IrradiationEventUID=["1.2.4", INSTANCE])
    (item,) = other.ReferencedImageSequence
    assert item.ReferencedSOPInstanceUID == image.SOPInstanceUID == other.IrradiationEventUID[1]
    assert item.ReferencedSOPClassUID == image.SOPClassUID
    assert other.StudyInstanceUID == image.StudyInstanceUID
    assert other.SOPInstanceUID != image.SOPInstanceUID


@given(st.from_regex(r"[1-9][0-9]{0,4}(\.[1-9][0-9]{0,6}){1,6}", fullmatch=True))
def test_a_new_uid_is_valid_and_the_same_each_time(old: str) -> None:
    new = KEYED.uid(old)
    assert UID(new).is_valid
    assert new.startswith("2.25.")
    assert new == KEYED.uid(old) != Keyed(bytes(32)).uid(old)


def test_uids_of_the_standard_stay() -> None:
    assert KEYED.uid("1.2.840.10008.1.2.1") == "1.2.840.10008.1.2.1"
    assert KEYED.uid("1.2.840.100081.1").startswith("2.25.")


def test_private_attributes_go_at_every_depth() -> None:
    item = an_item(CodeValue="1")
    item.private_block(0x0009, "DOE", create=True).add_new(1, "LO", "DOE^JANE")
    dataset = a_dataset(AnatomicRegionSequence=[item])
    dataset.private_block(0x0011, "DOE", create=True).add_new(1, "SQ", [an_item(PatientName="DOE^JANE")])
    changes = deidentify(dataset, KEYED, Options())
    assert changes["private attributes"] == 4  # and their two creators
    assert "DOE" not in str(dataset)
    assert dataset.AnatomicRegionSequence[0].CodeValue == "1"


def test_names_in_sequences_that_stay_are_found() -> None:
    inner = an_item(PhysiciansOfRecord="ROE^R", EvaluatorName="ROE^R", CodeMeaning="Lung")
    dataset = done(AnatomicRegionSequence=[an_item(AnatomicRegionModifierSequence=[inner])])
    assert "ROE" not in str(dataset)
    assert dataset.AnatomicRegionSequence[0].AnatomicRegionModifierSequence[0].CodeMeaning == "Lung"


def test_of_a_report_s_content_only_the_build_is_left() -> None:
    name = an_item(CodeValue="121008", CodingSchemeDesignator="DCM", CodeMeaning="Person Observer Name")
    content = an_item(ValueType="PNAME", ConceptNameCodeSequence=[name], PersonName="DOE^JANE", NumericValue="4711")
    (item,) = done(ContentSequence=[an_item(ValueType="CONTAINER", ContentSequence=[content])]).ContentSequence
    (inner,) = item.ContentSequence
    assert str(inner.PersonName) == str(inner.ConceptNameCodeSequence[0].CodeMeaning) == "REMOVED"
    assert inner.NumericValue == 0


def test_a_name_said_again_where_none_is_expected_goes_too() -> None:
    dataset = done(Manufacturer="for Jane, MD", ManufacturerModelName="X mrn-4711", SoftwareVersions=["Janet 2"])
    assert not dataset.Manufacturer
    assert not dataset.ManufacturerModelName
    assert dataset.SoftwareVersions == "Janet 2"  # another word


def test_the_data_set_says_what_was_done_and_how() -> None:
    dataset = done(Options(modified_dates=True, descriptors=True))
    assert dataset.PatientIdentityRemoved == "YES"
    assert "PS3.15 2026c" in dataset.DeidentificationMethod
    codes = [(item.CodeValue, item.CodingSchemeDesignator) for item in dataset.DeidentificationMethodCodeSequence]
    assert codes == [("113100", "DCM"), ("113105", "DCM"), ("113107", "DCM")]
    assert dataset.LongitudinalTemporalInformationModified == "MODIFIED"
    plain = done()
    assert [item.CodeValue for item in plain.DeidentificationMethodCodeSequence] == ["113100"]
    assert plain.LongitudinalTemporalInformationModified == "REMOVED"


def test_doing_it_again_changes_no_word_of_what_is_said_about_it() -> None:
    dataset = done(DATES)
    method = str(dataset.DeidentificationMethod)
    deidentify(dataset, KEYED, DATES)
    assert dataset.DeidentificationMethod == method


def test_without_the_option_no_date_is_left() -> None:
    dataset = done(
        StudyDate="20260102",
        ScheduledProcedureStepStartDate="20260102",
        AcquisitionDateTime="20260102101500",
        StudyTime="1015",
    )
    assert "StudyDate" in dataset  # type 2: there, and empty
    assert not dataset.StudyDate
    assert not dataset.StudyTime
    assert "ScheduledProcedureStepStartDate" not in dataset
    assert "2026" not in str(dataset.get("AcquisitionDateTime"))


def test_dates_move_together_and_by_another_way_for_each_patient() -> None:
    def days(patient: str) -> int:
        dataset = done(
            DATES,
            PatientID=patient,
            PatientBirthDate="19500607",
            StudyDate="20260102",
            StudyTime="101500",
            DateOfLastCalibration=["20260101", "20251231"],
            AcquisitionDateTime="20260103101500.5+0100",
        )
        moved = date.fromisoformat(dataset.StudyDate) - date(2026, 1, 2)
        first, second = (date.fromisoformat(one) - date(2026, 1, 2) for one in dataset.DateOfLastCalibration)
        assert (moved - first).days == 1
        assert (moved - second).days == 2
        acquired = str(dataset.AcquisitionDateTime)
        assert (date.fromisoformat(acquired[:8]) - date(2026, 1, 3)) == moved
        assert acquired[8:] == "101500.5+0100"
        assert dataset.StudyTime == "101500"
        assert not dataset.PatientBirthDate
        return moved.days

    found = {days(f"patient {number}") for number in range(20)}
    assert len(found) > 15
    assert all(-MOST_DAYS <= one < 0 for one in found)
    assert days("patient 1") == days("patient 1")


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("20240301", "20240229"),
        ("20230301", "20230228"),
        ("20240101120000.000000", "20231231120000.000000"),
        ("202401", ""),  # how far such a month moves can't be said
        ("2024.01.02", ""),
        ("20240230", ""),
        ("10000101", ""),  # the year 999 has three digits
        ("00010101", ""),
        ("", ""),
    ],
)
def test_a_date_moves_by_whole_days_or_goes(before: str, after: str) -> None:
    assert shifted(before, -1) == after


def test_of_descriptions_the_words_of_anatomy_and_technique_stay() -> None:
    dataset = done(WORDS, StudyDescription="MRN-4711 CT Chest, w/o contrast (Dr. Roe)", ProtocolName="Ward 7")
    assert dataset.StudyDescription == "CT Chest contrast"
    assert dataset.ProtocolName == "REMOVED"
    assert "StudyDescription" not in done(StudyDescription="CT Chest")


def test_a_patient_called_like_a_part_of_the_body_is_not_left_in() -> None:
    assert clean("Left hand lateral", Identities(frozenset(), frozenset())) == "Left hand lateral"
    assert done(WORDS, PatientName="Hand^Jane", StudyDescription="Left hand lateral").StudyDescription == "Left lateral"


def test_the_cleaned_descriptions_are_of_the_table() -> None:
    assert all(tag_for_keyword(keyword) in ACTIONS for keyword in CLEANED)


@pytest.mark.parametrize(
    ("attributes", "expected"),
    [
        ({"Modality": "CT", "BurnedInAnnotation": "YES"}, True),
        ({"Modality": "US", "BurnedInAnnotation": "NO"}, False),
        ({"Modality": "US"}, True),
        ({"Modality": "OT"}, True),
        ({"Modality": "CT", "SOPClassUID": "1.2.840.10008.5.1.4.1.1.7"}, True),  # a captured screen
        ({"Modality": "CR", "ConversionType": "DF"}, True),  # a film, with its label
        ({"Modality": "CT"}, None),
        ({"BurnedInAnnotation": "YES ", "Modality": "CT"}, True),
        ({"BurnedInAnnotation": "PERHAPS", "Modality": "CT"}, None),
    ],
)
def test_names_in_the_picture_are_suspected_where_pictures_of_the_kind_carry_them(
    attributes: dict[str, str], *, expected: bool | None
) -> None:
    assert burned_in(an_item(**attributes)) is expected


@pytest.mark.parametrize(("length", "enough"), [(15, False), (16, True)])
def test_a_key_that_could_be_guessed_is_refused(length: int, *, enough: bool) -> None:
    if enough:
        Keyed(bytes(length))
    else:
        with pytest.raises(ValueError, match="fewer than 16 bytes"):
            Keyed(bytes(length))


def test_a_study_without_a_patient_is_a_patient_of_its_own() -> None:
    first, second = done(PatientID=""), done(PatientID="", StudyInstanceUID="1.2.3")
    assert first.PatientName != second.PatientName
    assert done(PatientID="", SOPInstanceUID="1.2.9").PatientName == first.PatientName
    assert first.PatientID == ""  # what was not said is not made up
    assert STUDY not in str(first)


@pytest.mark.parametrize(
    ("name", "text", "goes"),
    [
        (
            "Yamada^Tarou=\u5c71\u7530^\u592a\u90ce=\u3084\u307e\u3060^\u305f\u308d\u3046",
            "\u75c5\u9662 \u5c71\u7530\u592a\u90ce\u69d8",
            True,
        ),
        ("Yamada^Tarou=\u5c71\u7530^\u592a\u90ce", "\u592a\u90ce", True),
        ("Yamada^Tarou", "YamadaTarou", True),
        ("Yamada^Tarou", "TarouYamada2", True),
        ("Yamada^Tarou", "v1_Yamada", True),
        ("Yamada^Tarou", "\uff39\uff41\uff4d\uff41\uff44\uff41", True),  # full width
        ("Hong^Gildong=\u6d2a^\u5409\u6d1e=\ud64d^\uae38\ub3d9", "\ud64d\uae38\ub3d9\ub2d8", True),
        ("Lin^Wei=\u6797^\u4f1f", "\u6797\u4f1f\u7684\u673a\u5668", True),
        ("Lee^Ann", "LeeAnn scanner", True),
        ("Lee^Ann", "Ann2000", True),
        ("Lee^Ann", "Fleet Anneal", False),  # short names are no others' beginnings
        ("M\u00fcller^Jos\u00e9", "for Mueller", True),
        ("M\u00fcller^Jos\u00e9", "MULLER", True),
        ("M\u00fcller^Jos\u00e9", "jose", True),
        ("DOE^JANE", "ACME 3000", False),
    ],
)
def test_a_name_is_found_joined_in_other_scripts_and_without_accents(name: str, text: str, *, goes: bool) -> None:
    dataset = done(SpecificCharacterSet="ISO_IR 192", PatientName=name, Manufacturer=text)
    assert not dataset.Manufacturer if goes else dataset.Manufacturer == text


@pytest.mark.filterwarnings("ignore::UserWarning:pydicom")  # a name is no code, age or number
def test_a_name_in_a_code_goes_and_the_other_codes_stay() -> None:
    dataset = done(ImageType=["ORIGINAL", "PRIMARY", "JANE"], ScanOptions="DOE", LossyImageCompressionMethod="MRN-4711")
    assert list(dataset.ImageType) == ["ORIGINAL", "PRIMARY", "REMOVED"]
    assert dataset.ScanOptions == dataset.LossyImageCompressionMethod == "REMOVED"


@pytest.mark.parametrize("text", ["19470203", "1947-02-03", "03.02.1947", "02/03/1947"])
def test_a_birth_date_in_a_kept_text_goes(text: str) -> None:
    assert not done(PatientBirthDate="19470203", SoftwareVersions=f"patched {text}").SoftwareVersions


def test_a_name_in_bytes_that_are_kept_goes() -> None:
    for name in (b"MRN-4711", "MRN-4711".encode("utf-16-le")):
        assert name not in done(ICCProfile=b"ICC " + name + bytes(8)).ICCProfile
    assert done(ICCProfile=b"ICC plain").ICCProfile == b"ICC plain "[:9]
