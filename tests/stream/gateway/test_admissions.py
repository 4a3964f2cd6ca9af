"""What each event of a stay becomes; two patients are never one, and a merge is never into itself."""

from datetime import UTC, datetime

import pytest

from schemas.patients import PatientRecord
from stream.gateway.admissions import EVENTS
from stream.gateway.trouble import Unusable
from tests.builders.hl7_messages import PERSON, admission, message
from tests.stream.gateway.test_beds import Gate, moved, stay
from tests.stream.gateway.test_translate import record, refusal, translated


def records(sent: bytes, gate: Gate | None = None) -> list[tuple[str, PatientRecord]]:
    found = (gate or Gate()).take(sent).translation.records
    return [(one.filed.label, one.event.record) for one in found if isinstance(one.event.record, PatientRecord)]


@pytest.mark.parametrize(
    ("trigger", "status", "bed"),
    [
        ("A01", "admitted", "MICU-3-B"),
        ("A02", "updated", "MICU-3-B"),
        ("A03", "discharged", "MICU-3-B"),
        ("A04", "admitted", "MICU-3-B"),
        ("A05", "updated", None),
        ("A06", "admitted", "MICU-3-B"),
        ("A07", "updated", "MICU-3-B"),
        ("A08", "updated", "MICU-3-B"),
        ("A11", "discharged", "MICU-3-B"),
        ("A12", "updated", "MICU-3-B"),
        ("A13", "updated", "MICU-3-B"),
        ("A28", "updated", None),
        ("A31", "updated", None),
        ("A60", "updated", None),
    ],
)
def test_an_event_says_what_it_says_of_the_stay(trigger: str, status: str, bed: str | None) -> None:
    found = record(admission(trigger))
    assert (found["status"], found.get("bed")) == (status, bed)


def test_every_event_that_is_taken_has_a_test() -> None:
    assert set(EVENTS) == {f"A{number:02}" for number in (*range(1, 9), 11, 12, 13, 17, 18, 28, 31, 34, 36, 40, 47, 60)}


@pytest.mark.parametrize("trigger", ["A09", "A14", "A16", "A24", "A37", "Z01", ""])
def test_another_event_is_refused(trigger: str) -> None:
    assert refusal(admission(trigger)) == ("MSH^1^9", "201")


@pytest.mark.parametrize(("kind", "status"), [("E", "admitted"), ("I", "admitted"), ("", "admitted"), ("O", "updated")])
def test_a_visit_to_an_outpatient_clinic_begins_no_stay(kind: str, status: str) -> None:
    assert record(admission("A04").replace(b"PV1||I|", f"PV1||{kind}|".encode()))["status"] == status


@pytest.mark.parametrize(
    ("place", "bed"),
    [
        ("ICU^2^1", "ICU-2-1"),
        ("^^&24", "24"),
        ("^^Bed1&5&1", "Bed1"),
        ("ICU", "ICU"),
        ('ICU^""^1', "ICU-1"),
        ("", None),
    ],
)
def test_a_bed_is_named_as_pv1_names_it(place: str, bed: str | None) -> None:
    assert record(admission("A08", bed=place)).get("bed") == bed


def test_the_moment_is_when_it_happened_and_not_when_it_was_recorded() -> None:
    sent = message("EVN||20261121100000+0100||||20261121093000+0100", PERSON, "PV1||I|ICU^2^1", kind="ADT^A02")
    assert record(sent)["time"] == datetime(2026, 11, 21, 8, 30, tzinfo=UTC)


def test_a_moment_that_can_not_be_read_is_told_and_the_recorded_one_counts() -> None:
    said = translated(message("EVN||20261121100000+0100||||20261121", PERSON, "PV1||I|ICU^2^1", kind="ADT^A02"))
    assert said.events[0].time == datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
    assert [one.where for one in said.troubles] == ["EVN^1^6"]


def test_without_an_event_segment_the_message_says_when() -> None:
    assert record(message(PERSON, kind="ADT^A08"))["time"] == datetime(2026, 11, 21, 9, 15, 1, tzinfo=UTC)


def test_the_event_segment_names_the_event_where_the_header_does_not() -> None:
    assert record(message("EVN|A03|20261121100000+0100", PERSON, kind="ADT"))["status"] == "discharged"


@pytest.mark.parametrize("born", ["19000101", "18991230", "190001010000"])
def test_a_date_that_stands_for_none_is_no_age_and_told(born: str) -> None:
    said = translated(admission("A08", person=PERSON.replace("19600229", born)))
    assert b"age_years" not in said.events[0].value
    assert [one.where for one in said.troubles] == ["PID^1^7"]


def test_an_event_of_one_patient_that_names_two_is_refused() -> None:
    assert refusal(admission("A08", PERSON.replace("700123", "700124"))) == ("PID^2", "100")


@pytest.mark.parametrize(
    "segments",
    [
        ("PID|||P1", "PV1||I|A^1^1", "PID|||P2", "PV1||I|A^1^1"),
        ("PID|||P1", "PV1||I|A^1^1", "PID|||P1", "PV1||I|A^1^2"),
        ("PID|||P1", "PV1||I|A^1^1", "PID|||P2"),
    ],
)
def test_a_swap_that_is_none_is_refused(segments: tuple[str, ...]) -> None:
    assert refusal(stay("A17", 0, *segments))[1] == "101"


@pytest.mark.parametrize("segments", [("PID|||P1", "PV1||I|A^1^1"), ("PID|||P1", "PID|||P2", "PID|||P3")])
def test_a_swap_is_of_two(segments: tuple[str, ...]) -> None:
    assert refusal(stay("A17", 0, *segments)) == ("PID^1", "100")


@pytest.mark.parametrize("trigger", ["A18", "A34", "A36", "A40", "A47"])
def test_a_merge_ends_one_name_and_moves_the_stay(trigger: str) -> None:
    gate = Gate()
    gate.take(moved("A01", 0, "P1"))
    (old, ended), (new, goes_on) = records(stay(trigger, 5, "PID|||P2^^^H^MR||||19600229", "MRG|P1^^^H^MR"), gate)
    assert (old, ended.status) == ("P1", "discharged")
    assert (new, goes_on.status, goes_on.bed, goes_on.age_years) == ("P2", "updated", "ICU-2-1", 66)


def test_what_is_said_of_a_stay_under_a_merged_id_is_of_the_surviving_one() -> None:
    gate = Gate()
    gate.take(stay("A40", 5, "PID|||P2^^^H^MR", "MRG|P1^^^H^MR"))
    assert [label for label, _ in records(moved("A02", 6, "P1"), gate)] == ["P2"]


def test_a_merge_that_is_sent_again_changes_nothing() -> None:
    gate = Gate()
    for _ in range(2):
        assert len(records(stay("A40", 5, "PID|||P2^^^H^MR", "MRG|P1^^^H^MR"), gate)) == 2


@pytest.mark.parametrize(
    "merges",
    [
        [("P1", "P1")],
        [("P1", "P2"), ("P2", "P1")],
        [("P1", "P2"), ("P2", "P3"), ("P3", "P1")],
        [("P1", "P2"), ("P1", "P3")],
    ],
)
def test_a_merge_into_itself_or_into_a_second_patient_is_refused(merges: list[tuple[str, str]]) -> None:
    gate = Gate()
    verdicts = [
        gate.take(stay("A40", 5, f"PID|||{into}^^^H^MR", f"MRG|{old}^^^H^MR")).verdict.value for old, into in merges
    ]
    assert verdicts == ["AA"] * (len(merges) - 1) + ["AE"]


@pytest.mark.parametrize("merged", ["", "MRG|", 'MRG|""', "MRG|0000"])
def test_a_merge_of_nobody_is_refused(merged: str) -> None:
    assert refusal(stay("A40", 0, "PID|||P2^^^H^MR", *([merged] if merged else []))) == ("MRG^1^1", "101")


def test_of_two_merges_in_one_message_the_sound_one_counts() -> None:
    both = ("PID|||P1^^^H^MR", "MRG|P1^^^H^MR", "PID|||P3^^^H^MR", "MRG|P2^^^H^MR")
    taken = Gate().take(stay("A40", 0, *both))
    assert [one.filed.label for one in taken.translation.records] == ["P2", "P3"]
    assert [one.where for one in taken.translation.troubles] == ["MRG^1^1"]


@pytest.mark.parametrize(
    ("segments", "added", "removed"),
    [
        (("IAM|1|DA|7980^PENICILLIN^RXNORM|||A",), ("penicillin",), None),
        (("IAM|1|DA|^Latex|||D",), None, ("latex",)),
        (("IAM|1|DA|^Latex|||D", "IAM|2|DA|SULFA|||A", "IAM|3|DA|NUTS|||U"), ("sulfa", "nuts"), ("latex",)),
        (("IAM|1|DA|SULFA",), ("sulfa",), None),
        (("IAM|1|DA|",), None, None),
    ],
)
def test_iam_adds_and_removes_and_replaces_no_list(
    segments: tuple[str, ...], added: tuple[str, ...] | None, removed: tuple[str, ...] | None
) -> None:
    found = record(admission("A60", *segments))
    assert (found.get("allergies_added"), found.get("allergies_removed")) == (added, removed)
    assert "allergies" not in found


@pytest.mark.parametrize("trigger", ["A28", "A31", "A60", "A05"])
def test_what_is_said_of_a_person_opens_no_stay_that_is_over(trigger: str) -> None:
    gate = Gate()
    gate.take(moved("A01", 0, "P1"))
    gate.take(moved("A03", 1, "P1"))
    taken = gate.take(moved(trigger, 2, "P1"))
    assert (taken.verdict.value, taken.translation.records) == ("AA", [])
    assert [(one.where, one.code) for one in taken.translation.troubles] == [("PID^1", "0")]


def test_observations_of_an_admission_are_told_and_not_used() -> None:
    said = translated(admission("A08", "OBX|1|NM|8867-4^Heart rate^LN||72|/min|||||F", "OBX|2|NM|8867-4^x^LN"))
    assert [(one.where, one.code) for one in said.troubles] == [("OBX^1", "0")]
    assert len(said.events) == 1


def test_drugs_in_an_admission_are_told_and_not_used() -> None:
    orders = (
        "ORC|NW|77",
        "RXO|4711^Drug A^L|5||mg",
        "RXO|4712^Drug B^L|6||mg",
        "RXA|0|1|20261121101000+0100||4711^A^L|5",
    )
    said = translated(admission("A01", *orders))
    assert [(one.where, one.code) for one in said.troubles] == [("RXO^1", "0"), ("RXO^2", "0"), ("RXA^1", "0")]
    assert len(said.events) == 1


def a_body(*observations: str, trigger: str = "A01", visit: str = "") -> dict[str, object]:
    sent = admission(trigger, *observations)
    (event,) = translated(sent.replace(b"MICU^3^B", f"MICU^3^B{visit}".encode())).events
    return {name: getattr(event.record, name) for name in ("weight_kg", "height_cm", "is_pregnant")}


@pytest.mark.parametrize(
    ("observed", "field", "value"),
    [
        ("NM|29463-7^Body weight^LN||68.5|kg", "weight_kg", 68.5),
        ("NM|29463-7^Body weight^LN||68500|g", "weight_kg", 68.5),
        ("NM|29463-7^Body weight^LN||150|[lb_av]^pound", "weight_kg", 68.039),
        ("NM|29463-7^Body weight^LN||150|[lb_av]", "weight_kg", 68.039),
        ("NM|WT^Weight^L^29463-7^Body weight^LN||68.5|kg^kilogram", "weight_kg", 68.5),
        ("NM|8302-2^Body height^LN||1.72|m", "height_cm", 172.0),
        ("NM|8302-2^Body height^LN||68|[in_i]", "height_cm", 172.72),
        ("CWE|82810-3^Pregnancy status^LN||LA15173-0^Pregnant^LN", "is_pregnant", True),
        ("CWE|82810-3^Pregnancy status^LN||60001007^Not pregnant^SCT", "is_pregnant", False),
    ],
)
def test_the_body_is_what_its_observations_say(observed: str, field: str, value: object) -> None:
    assert a_body(f"OBX|1|{observed}|||||F")[field] == value


def test_who_is_pregnant_by_the_visit_is_and_who_is_not_may_be() -> None:
    # PV1-15 by HL7 table 0009: B6 is pregnant; there is no code for who is not.
    assert a_body(visit="||||||||||||B6")["is_pregnant"] is True
    assert a_body(visit="||||||||||||A0")["is_pregnant"] is None
    sent = "OBX|1|CWE|82810-3^x^LN||LA26683-5^Not pregnant^LN||||||F"
    assert a_body(sent, visit="||||||||||||B6")["is_pregnant"] is None


@pytest.mark.parametrize(
    ("observed", "place"),
    [
        ("NM|29463-7^Body weight^LN||70||||||F", "OBX^1^6"),
        ("NM|29463-7^Body weight^LN||70|cm|||||F", "OBX^1^6"),
        ("NM|29463-7^Body weight^LN||7000|kg|||||F", "OBX^1^5"),
        ("NM|29463-7^Body weight^LN||0|kg|||||F", "OBX^1^5"),
        ("NM|29463-7^Body weight^LN||70~80|kg|||||F", "OBX^1^5"),
        ("ST|29463-7^Body weight^LN||seventy|kg|||||F", "OBX^1^5"),
        ("NM|29463-7^Body weight^LN||70|kg|||||P", "OBX^1^11"),
        ("CWE|82810-3^x^LN||261665006^Unknown^SCT||||||F", "OBX^1^5"),
    ],
)
def test_of_a_body_what_is_not_certain_is_told(observed: str, place: str) -> None:
    said = translated(admission("A01", f"OBX|1|{observed}"))
    assert [one.where for one in said.troubles] == [place]
    assert [one.where for one in said.unused] == [place]
    assert len(said.events) == 1


def test_of_two_weights_none_is_taken() -> None:
    two = [f"OBX|{n}|NM|29463-7^Body weight^LN||{kg}|kg|||||F" for n, kg in ((1, 70), (2, 71))]
    assert a_body(*two)["weight_kg"] is None
    assert a_body(two[0], two[0])["weight_kg"] == 70.0


def test_an_event_of_nobody_is_refused() -> None:
    for trigger in ("A01", "A17", "A40"):
        with pytest.raises(Unusable):
            translated(message("EVN||20261121100000+0100", kind=f"ADT^{trigger}"))
