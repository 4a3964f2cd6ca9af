"""No two patients get one pseudonym and no patient two, whichever door they come by."""

from dataclasses import replace
from io import BytesIO
from unicodedata import normalize

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydicom.dataset import Dataset

from models.deidentify.profile import Options, deidentify
from stream.commands.refusal import Refusal
from stream.commands.senders import conventions as site
from stream.dicom_door.header import read_header
from stream.dicom_door.names import patient_of
from stream.gateway.authorities import assigner
from stream.gateway.persons import Identity, Place, pseudonym_of, pseudonym_of_bed
from tests.builders.dicom_files import as_bytes
from tests.builders.dicom_studies import an_instance
from tests.builders.fhir_resources import an_observation, made
from tests.builders.hl7_messages import message, pseudonym_in
from tests.stream.gateway.test_translate import READING

KEY = READING.key
NASTY = st.text(st.sampled_from("|\\^&~:70aAÄ -."), min_size=1, max_size=5).filter(lambda one: one == one.strip())
IDENTITIES = st.builds(Identity, NASTY, st.just("") | NASTY, st.just(""))
UNIVERSAL = st.builds(lambda number, text: Identity(number, "", text), NASTY, NASTY)
NHS = "https://fhir.nhs.uk/Id/nhs-number"


def by_hl7(identifier: str, **stated: dict[str, str]) -> str:
    return pseudonym_in(message(f"PID|||{identifier}"), replace(READING, **stated))  # type: ignore[arg-type]


def by_fhir(system: str, value: str = "7", **stated: dict[str, str]) -> str:
    subject = {"identifier": {"system": system, "value": value}}
    reading = replace(READING, **stated)  # type: ignore[arg-type]
    (record,) = made(an_observation(subject=subject), conventions=reading).records
    return record.event.patient


def by_dicom(identifier: str, universal: tuple[str, str] | None = None, issuer: str = "") -> str:
    qualifier = Dataset()
    qualifier.UniversalEntityID, qualifier.UniversalEntityIDType = universal or ("", "")
    file = an_instance(
        PatientID=identifier,
        IssuerOfPatientID=issuer,
        IssuerOfPatientIDQualifiersSequence=[qualifier] if universal else [],
        SpecificCharacterSet="ISO_IR 192",
    )
    return patient_of(read_header(BytesIO(as_bytes(file))), READING)


@given(one=IDENTITIES | UNIVERSAL, other=IDENTITIES | UNIVERSAL)
def test_two_identities_have_two_pseudonyms_whatever_signs_they_are_written_with(
    one: Identity, other: Identity
) -> None:
    assert (pseudonym_of(one, KEY) == pseudonym_of(other, KEY)) is (one == other)


@given(one=st.tuples(NASTY, NASTY, NASTY), other=st.tuples(NASTY, NASTY, NASTY), sender=NASTY)
def test_two_beds_have_two_pseudonyms(one: tuple[str, str, str], other: tuple[str, str, str], sender: str) -> None:
    names = [pseudonym_of_bed(Place(*place), sender, KEY) for place in (one, other)]
    assert (names[0] == names[1]) is (one == other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("7^^^H", "07^^^H"),
        ("a7^^^H", "A7^^^H"),
        ("7 1^^^H", "71^^^H"),
        ("7^^^H", "7^^^h"),
        ("7^^^&https://a.example/A&URI", "7^^^&https://a.example/a&URI"),
        ("7^^^&Ward&L", "7^^^&ward&L"),
        ("7^^^&1.2.3&ISO", "7^^^&1.2.3.0&ISO"),
        ("7\\E\\1^^^H", "7\\E\\2^^^H"),
    ],
)
def test_what_is_written_otherwise_is_another_patient(one: str, other: str) -> None:
    assert by_hl7(one) != by_hl7(other)


def test_one_text_is_one_however_its_accents_are_encoded() -> None:
    composed, apart = (normalize(form, "Ä7^^^Universitätsklinikum") for form in ("NFC", "NFD"))
    assert composed != apart
    assert by_hl7(composed) == by_hl7(apart) == by_dicom("A\u03087", issuer="Universita\u0308tsklinikum")


UUID = "0f8fad5b-d9cb-469f-a165-70867728950e"


@pytest.mark.parametrize("universal", [f"{UUID}&UUID", f"{UUID.upper()}&GUID", f"{{{UUID}}}&GUID"])
def test_a_uuid_is_one_in_every_way_of_writing_it(universal: str) -> None:
    assert by_hl7(f"7^^^&{universal}") == by_fhir(f"urn:uuid:{UUID}")
    assert by_dicom("7", (UUID, "UUID")) == by_fhir(f"urn:uuid:{UUID}")


def test_of_an_address_scheme_and_host_have_no_case() -> None:
    assert by_hl7("7^^^&HTTPS://Fhir.NHS.uk/Id/nhs-number&URI") == by_fhir(NHS)
    assert by_fhir(NHS) != by_fhir(NHS.lower())


@pytest.mark.parametrize(
    ("counts", "in_hl7", "system"),
    [
        ("HOSPITAL", "7^^^HOSPITAL", "urn:oid:1.2.3"),
        ("1.2.3", "7^^^&1.2.3&ISO", "urn:oid:1.2.3"),
        ("urn:oid:1.2.3", "7^^^&1.2.3&ISO", "urn:oid:1.2.3"),
        (NHS, f"7^^^&{NHS}&URI", NHS),
    ],
)
def test_a_site_says_that_a_name_in_one_door_and_a_universal_id_in_another_are_one(
    counts: str, in_hl7: str, system: str
) -> None:
    table = {"HOSP": counts, system.removeprefix("urn:oid:"): counts} if counts == "HOSPITAL" else {"HOSP": counts}
    names = {
        by_hl7("7^^^HOSP", same_authority=table),
        by_hl7(in_hl7, same_authority=table),
        by_fhir(system, same_authority=table),
    }
    assert len(names) == 1


def test_an_oid_may_count_for_another_oid_and_a_name_by_way_of_another() -> None:
    table = {"1.2.4": "1.2.3", "A": "B", "B": "1.2.4"}
    assert {by_hl7(f"7^^^{one}", same_authority=table) for one in ("A", "B", "1.2.4", "&1.2.4&ISO")} == {
        by_hl7("7^^^&1.2.3&ISO")
    }


def test_the_table_finds_an_address_as_it_is_written_and_in_lower_case() -> None:
    for row in (NHS, NHS.lower()):
        assert by_fhir(NHS, same_authority={row: "NHS"}) == by_hl7("7^^^NHS")


def test_one_row_keeps_the_names_that_patients_had_while_addresses_had_no_case() -> None:
    before = pseudonym_of(Identity("7", "", f"URI:{NHS.lower()}"), KEY)
    assert by_fhir(NHS) != before
    assert by_fhir(NHS, same_authority={NHS: NHS.lower()}) == before


@pytest.mark.parametrize("rows", [["A=B", "A=C"], ["A=B", "B=A"], ["A=A"]])
def test_a_table_that_says_two_things_is_refused(rows: list[str]) -> None:
    with pytest.raises(Refusal, match="A"):
        site(KEY, None, None, "", rows, None)


@given(name=NASTY, universal=st.just("") | NASTY, kind=st.sampled_from(["", "L", "DNS", "ISO", "URI", "GUID"]))
def test_an_authority_in_the_form_that_counts_stays_as_it_is(name: str, universal: str, kind: str) -> None:
    found = assigner({}, name, universal, kind)
    assert bool(found.name) != bool(found.universal)
    kind, _, counts = found.universal.partition(":")
    assert assigner({}, found.name, counts, kind) == found


def test_an_identifier_with_a_backslash_is_not_cut_short() -> None:
    assert by_dicom("7\\1") != by_dicom("7\\2")
    assert by_dicom("7\\1", issuer="H") == by_hl7("7\\E\\1^^^H")


def test_a_long_universal_id_counts_and_not_the_name_beside_it() -> None:
    long = "https://" + "a" * 60 + ".example/"
    assert by_dicom("7", (long + "1", "URI"), issuer="H") == by_fhir(long + "1")
    assert by_dicom("7", (long + "1", "URI")) != by_dicom("7", (long + "2", "URI"))


def deidentified(identifier: str, study: str = "1.2.3", **stated: object) -> str:
    file = Dataset()
    file.PatientID, file.StudyInstanceUID, file.SOPClassUID = identifier, study, "1.2.840.10008.5.1.4.1.1.7"
    for keyword, value in stated.items():
        setattr(file, keyword, value)
    deidentify(file, KEY, Options())
    return str(file.PatientID)


def test_deidentified_patients_of_two_issuers_are_two() -> None:
    names = [deidentified("7", IssuerOfPatientID=issuer) for issuer in ("A", "B")]
    assert len({*names, deidentified("7")}) == 3
    assert deidentified("7") == KEY.name("7")


@pytest.mark.parametrize("nobody", ["UNKNOWN", "0000", "anonymous"])
def test_deidentified_studies_of_nobody_are_not_one_patients(nobody: str) -> None:
    assert deidentified(nobody, "1.2.3") != deidentified(nobody, "1.2.4")
    assert deidentified("study 1.2.3") != deidentified(nobody, "1.2.3")
