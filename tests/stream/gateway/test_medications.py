"""Orders of drugs (RDE, OMP, RAS, ORM): which drug, how it is given, and whether it still is; the rest is told.

Messages with a source beside them are public ones, shortened and with other names.
"""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from schemas.therapy import Medication
from stream.gateway.conventions import Conventions
from stream.gateway.memory import Memory
from stream.gateway.segments import split
from stream.gateway.translate import Translation, translate
from stream.gateway.trouble import Unusable
from tests.builders.hl7_messages import PERSON, message, pseudonym_in
from tests.builders.hl7_orders import (
    BY_MOUTH,
    CLOPIDOGREL,
    DAILY,
    GIVE,
    administered,
    control,
    encoded,
)
from tests.stream.gateway.test_server import READING

IRISH = Conventions(READING.key, zone=ZoneInfo("Europe/Dublin"))


def read(sent: bytes | str, memory: Memory | None = None, reading: Conventions = IRISH) -> Translation:
    (one,) = split(sent.decode() if isinstance(sent, bytes) else sent.strip().replace("\n", "\r"))
    return translate(one, reading, memory)


def drugs_in(sent: bytes | str, memory: Memory | None = None) -> list[Medication]:
    events = read(sent, memory).events
    assert {event.topic for event in events} <= {"medications"}
    records = [event.record for event in events]
    assert all(isinstance(one, Medication) for one in records)
    return records  # type: ignore[return-value]  # as asserted


def drug_in(sent: bytes | str, memory: Memory | None = None) -> Medication:
    (record,) = drugs_in(sent, memory)
    return record


def said_of(drug: Medication) -> dict[str, object]:
    return drug.model_dump(exclude_none=True, exclude={"patient", "order"})


def test_an_encoded_order_arrives_whole() -> None:
    sent = encoded()
    drug = drug_in(sent)
    assert said_of(drug) == {
        "time": datetime(2026, 11, 21, 9, 0, tzinfo=UTC),
        "drug": "clopidogrel",
        "rxnorm": "32968",
        "dose": 75.0,
        "dose_unit": "mg",
        "route": "PO",
        "frequency": "QD",
        "started_at": datetime(2026, 11, 21, 11, 0, tzinfo=UTC),
        "ended_at": datetime(2026, 11, 28, 11, 0, tzinfo=UTC),
        "status": "ordered",
    }
    assert drug.patient == pseudonym_in(sent, IRISH)
    assert "ORD-1" not in drug.order
    assert read(sent).troubles == []


# HL7 chapter 4A.5.1, version 2.5.1: 500 mg of ampicillin (Polycillin) by mouth every six hours, ordered in part by
# code, and then encoded by the pharmacy under its own number as well.
HL7_ORDERED = r"""
MSH|^~\&|OE|GH|RX|GH|20260601080000+0100||OMP^O09^OMP_O09|1|P|2.5.1
PID|||700123^^^HOSPITAL^MR
ORC|NW|1000^OE||||E|^Q6H^D10^^^R|||||||
RXO|^Polycillin 500 mg TAB^|500||MG|||||Y||40|
RXR|PO^|
"""
HL7_ENCODED = r"""
MSH|^~\&|RX|GH|OE|GH|20260601083000+0100||RDE^O11^RDE_O11|2|P|2.5.1
PID|||700123^^^HOSPITAL^MR
ORC|RE|1000^OE|9999999^RX||E|^Q6H^D10^^^R
RXE|^Q6H^D10^^^R|0047-0402-30^Ampicillin 250 MG TAB^NDC|500||MG|TAB|||||40
RXR|PO^
"""
# The same through HAPI's test of its search (testSearch): the older data type of times, in ORC-7 and RXE-1.
HAPI_DIGOXIN = r"""
MSH|^~\&|POW|100||100|200012171800||RDE^O11|14718|P|2.4|||AL|NE|0
PID|0001|99999|2000006|000077777|Possible^Kim
ORC|NW|RX1|RX1||IP||^BID^X001^200012171800^200308200600|2045&OE^123&PH|200012171800|||||200012171800
RXR|XXX
RXE|^BID^X001^200012171800^200308200600|99089^DIGOXIN (LANOXIN) -- 0.25 mg|0.2500|0.2500|mg|TA
RXR|PO||
"""
# nHapi, issue 51: a code without a system, the amount in units that hold it, and no pattern that could be read.
NHAPI_OSELTAMIVIR = r"""
MSH|^~\&|EXACTDATA||ALL|ALL|20101217181500||RDE^O11^RDE_O11|EF010000000071000000_4|P|2.5.1
PID|1||7010566270^^^^DODID||X^Y||19810611|MALE
AL1|1|DRUG^^HL70127|70618^Penicillin^RXNORM|MODERATE^^HL70128|Dry Mouth|20100928
ORC|NW|101217-833651^ExD|||ORDERED
RXE|^^^20101217184500|54569-4888-0^Oseltamivir|1||75 mg||^po bid x 5d||N|10||0||||||||||||||||||||20101217184500
RXR|^Oral^HL70162
"""
# hl7v2-fhir-converter, medicationFromOMPTest: the name beside the code as well as where it was entered.
IBM_DEXAMETHASONE = r"""
MSH|^~\&|LOAD|LAB|MEDORDER|IBM|20210101000000|90103687|OMP^O09|MSGID|P|2.6
PID|||1234||X^Y
ORC|OP|1234|1234|0827|||^Every 6 hours^^20210101||20210101000000|2739^BY^ENTERED
RXO|00054418425^Dexamethasone 4 MG Oral Tablet^NDC^^^^^^dexamethasone (DECADRON) 4 MG TABS||||||Take 1 tablet||G||4
RXR|PO^Oral
"""


@pytest.mark.parametrize(
    ("sent", "said"),
    [
        (HL7_ORDERED, {"drug": "Polycillin 500 mg TAB", "dose": 500.0, "dose_unit": "MG", "route": "PO",
                       "frequency": "Q6H", "status": "ordered"}),
        (HL7_ENCODED, {"drug": "Ampicillin 250 MG TAB", "code": "0047-0402-30", "code_system": "ndc", "dose": 500.0,
                       "dose_unit": "MG", "route": "PO", "frequency": "Q6H", "status": "ordered"}),
        (HAPI_DIGOXIN, {"drug": "DIGOXIN (LANOXIN) -- 0.25 mg", "code": "99089", "dose": 0.25, "dose_unit": "mg",
                        "route": "PO", "frequency": "BID", "status": "ordered",
                        "started_at": datetime(2000, 12, 17, 18, tzinfo=UTC),
                        "ended_at": datetime(2003, 8, 20, 5, tzinfo=UTC)}),
        (NHAPI_OSELTAMIVIR, {"drug": "Oseltamivir", "code": "54569-4888-0", "dose": 1.0, "dose_unit": "75 mg",
                             "route": "Oral", "started_at": datetime(2010, 12, 17, 18, 45, tzinfo=UTC),
                             "status": "ordered"}),
        (IBM_DEXAMETHASONE, {"drug": "Dexamethasone 4 MG Oral Tablet", "code": "00054418425", "code_system": "ndc",
                             "route": "PO", "frequency": "Every 6 hours", "status": "ordered"}),
    ],
)  # fmt: skip
def test_orders_of_public_guides_are_read(sent: str, said: dict[str, object]) -> None:
    found = said_of(drug_in(sent))
    del found["time"]
    assert found == said


def test_an_order_that_is_encoded_keeps_its_identity() -> None:
    assert drug_in(HL7_ORDERED).order == drug_in(HL7_ENCODED).order


# nHapi (HL7 sample 79): an infusion is discontinued. The moment of that is in the field behind its own.
DISCONTINUED = r"""
MSH|^~\&|PHARMACY|HOSPITAL|iFW|HOSPITAL|20110825000920||RDE^O01|RX18686|P|2.3
PID|1||12345||X^Y||19500101|M
ORC|DC|18686^EFG||||^Q8&0600,1400,2200^^20110824140000^20110825000914||20110825000915
RXE|^Q8@0600,1400,2200^^20110824140000^20110825000914|444^Ranitidine|100||mL|INJ
RXR|IVPB^IVPB
RXC|A|444^Ranitidine Inj 25 mg/mL (IV)|50|mg
RXC|B|195^Sodium Chloride 0.9% 100 mL|100|mL
"""


def test_an_infusion_that_is_discontinued_is_stopped_with_all_that_is_in_it() -> None:
    drug = drug_in(DISCONTINUED)
    assert (drug.status, drug.drug, drug.route) == ("stopped", "Ranitidine + Sodium Chloride 0.9% 100 mL", "IVPB")
    assert drug.time == datetime(2011, 8, 24, 23, 9, 20, tzinfo=UTC)
    assert drug.ended_at == datetime(2011, 8, 24, 23, 9, 14, tzinfo=UTC)


@pytest.mark.parametrize(
    ("code", "status"),
    [("NW", "ordered"), ("OK", "ordered"), ("XO", "ordered"), ("HD", "ordered"), ("RL", "ordered"), ("RO", "ordered"),
     ("DC", "stopped"), ("CA", "stopped"), ("RP", "stopped"), ("OD", "stopped")],
)  # fmt: skip
def test_the_control_code_says_what_becomes_of_the_order(code: str, status: str) -> None:
    assert drug_in(encoded(control(code), DAILY, GIVE, BY_MOUTH)).status == status


@pytest.mark.parametrize("code", ["", "ZZ", "UX", "RF"])
def test_a_control_code_that_says_nothing_certain_makes_no_record_and_is_told(code: str) -> None:
    sent = encoded(control(code), GIVE) + encoded(control(), GIVE).partition(b"\r")[2].partition(b"\r")[2]
    translation = read(sent)
    assert [one.topic for one in translation.events] == ["medications"]
    assert [one.where for one in translation.troubles] == ["ORC^1^1"]
    assert [one.where for one in translation.unused] == ["ORC^1^1"]


def test_an_order_that_is_over_by_its_status_does_not_begin() -> None:
    with pytest.raises(Unusable) as refused:
        read(encoded(control("NW", "DC"), GIVE))
    assert refused.value.trouble.where == "ORC^1^5"


def test_an_end_is_never_older_than_the_message_that_says_so() -> None:
    # A sender that keeps the order's beginning in ORC-9: what was given since then would undo the end.
    beginning = "20261101080000+0100"
    assert drug_in(encoded(control("NW", said=beginning), GIVE)).time == datetime(2026, 11, 1, 7, tzinfo=UTC)
    assert drug_in(encoded(control("DC", said=beginning), GIVE)).time == datetime(2026, 11, 21, 9, 15, 1, tzinfo=UTC)


def test_an_end_without_a_drug_ends_the_order() -> None:
    drug = drug_in(encoded(control("DC")))
    assert (drug.status, drug.drug) == ("stopped", "not named")
    assert drug.order == drug_in(encoded()).order


def test_a_beginning_without_a_drug_is_refused() -> None:
    with pytest.raises(Unusable, match="names no drug"):
        read(encoded(control("NW"), "RXE|^^^|^^|1||mg"))


def test_a_filler_that_knows_the_placers_number_only_from_before_ends_the_same_order() -> None:
    memory = Memory()
    begun = drug_in(encoded(), memory)
    ended = encoded(control("DC", numbers=("", "RX-9^PHARMACY")))
    assert drug_in(ended, memory).order == begun.order
    unknown = read(ended, Memory())
    assert [(one.where, one.weight) for one in unknown.troubles] == [("ORC^1^2", "remark")]


def test_numbers_of_two_systems_are_two_orders() -> None:
    orders = {
        drug_in(encoded(control(numbers=numbers), GIVE)).order
        for numbers in (("7^A", ""), ("7^B", ""), ("7", ""), ("", "7^A"), ("8^A", ""), ("7^^1.2.3^ISO", ""))
    }
    assert len(orders) == 6


def test_an_order_without_a_number_is_refused() -> None:
    with pytest.raises(Unusable, match="no number"):
        read(encoded(control(numbers=("", '""')), GIVE))


@pytest.mark.parametrize(
    ("coded", "said"),
    [
        ("B01AC04^Clopidogrel^WC", ("Clopidogrel", None, "B01AC04", "atc")),
        ("B01AC04^Clopidogrel^ATC", ("Clopidogrel", None, "B01AC04", "atc")),
        ("B01AC04^Clopidogrel^2.16.840.1.113883.6.73", ("Clopidogrel", None, "B01AC04", "atc")),
        ("63653-1171-1^Plavix 75 MG^NDC^32968^clopidogrel^RXNORM", ("Plavix 75 MG", "32968", "63653-1171-1", "ndc")),
        ("4711^Plavix^99HAUS^B01AC04^Clopidogrel^WC", ("Plavix", None, "B01AC04", "atc")),
        ("4711^Plavix 75mg Tbl^L", ("Plavix 75mg Tbl", None, "4711", "L")),
        ("4711^^L^^^^^^Plavix 75mg", ("Plavix 75mg", None, "4711", "L")),
        ("^Plavix^", ("Plavix", None, None, None)),
        ("32968^^urn:oid:2.16.840.1.113883.6.88", ("32968", "32968", None, None)),
        ("386952008^Clopidogrel^SCT", ("Clopidogrel", None, "386952008", "snomed")),
    ],
)  # fmt: skip
def test_a_drug_is_known_by_its_codes_whatever_the_sender_calls_the_system(
    coded: str, said: tuple[str | None, ...]
) -> None:
    drug = drug_in(encoded(control(), f"RXE|^^^|{coded}|75||mg"))
    assert (drug.drug, drug.rxnorm, drug.code, drug.code_system) == said


@pytest.mark.parametrize(
    ("segments", "place"),
    [
        ((control(), "RXE|^^^|1^x^L|75|150|mg"), "RXE^1^3"),
        ((control(), "RXE|^^^|1^x^L|some||mg"), "RXE^1^3"),
        ((control(), "RXE|^^^|1^x^L|-75||mg"), "RXE^1^3"),
        ((control(), f"RXE|^^^|1^x^L|{'9' * 400}||mg"), "RXE^1^3"),
        ((control(), "RXE|^^^|1^x^L|75||mg", BY_MOUTH, "RXR|IV^^HL70162"), "RXE^1"),
        ((control(), DAILY, "TQ1|2||Q4H", GIVE), "TQ1^1"),
        ((control(), "TQ1|1||QD||||20261121", GIVE), "TQ1^1"),
        ((control(f15="2026"), GIVE), "ORC^1^15"),
        ((control(said="20261121"), GIVE), "ORC^1^9"),
        ((control(said="20261122100000+0100"), GIVE), "ORC^1^9"),
        ((control("DC", f15="20261122100000+0100"), GIVE), "ORC^1^15"),
        ((control(), GIVE, GIVE.replace("32968^clopidogrel", "11289^warfarin")), "RXE^1"),
    ],
)
def test_what_can_not_be_carried_of_an_order_is_told_and_the_order_arrives(
    segments: tuple[str, ...], place: str
) -> None:
    translation = read(encoded(*segments))
    assert len(translation.events) == 1
    assert [(one.where, one.weight) for one in translation.troubles] == [(place, "remark")]


def test_of_two_drugs_under_one_number_none_is_lost() -> None:
    two = drug_in(encoded(control(), GIVE, GIVE.replace("32968^clopidogrel", "11289^warfarin")))
    assert (two.drug, two.dose) == ("clopidogrel + warfarin", None)


def test_what_was_given_is_told_of_the_order_when_it_was_given() -> None:
    drug = drug_in(encoded(control("RE"), administered(dose="75"), BY_MOUTH, kind="RAS^O17"))
    assert (drug.status, drug.dose, drug.route) == ("active", 75.0, "PO")
    assert drug.time == datetime(2026, 11, 21, 9, 5, tzinfo=UTC)
    assert drug.order == drug_in(encoded()).order


# SS-MIX2 (G7, RAS_O17 sample): one prescription of two drugs, given together, a way behind the last.
SSMIX2_GIVEN = r"""
MSH|^~\&|HIS123|SEND|GW|RCV|20110701113813.225||RAS^O17^RAS_O17|20110701113813225|P|2.5
PID|0001||9999013^^^^PI||X^Y^^^^^L^I||19650415|M
ORC|NW|123456789012345||1|||||20110630141500|058^A^B
RXA|0|1|201107010830|201107010830|108665201^DASEN 5mg^HOT9|1|TAB^J^MR9P|||200^C|||||||||CP||20110701100613
RXA|0|1|201107010830|201107010830|110626901^PANSPORIN 100mg^HOT9|2|TAB^J^MR9P|||200|||||||||||CP||20110701100613
RXR|PO^K^HL70162
"""


def test_two_drugs_that_are_given_at_once_are_both_named() -> None:
    drug = drug_in(SSMIX2_GIVEN)
    assert (drug.drug, drug.status, drug.route) == ("DASEN 5mg + PANSPORIN 100mg", "active", "PO")
    assert drug.time == datetime(2011, 7, 1, 7, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("segment", "place", "weight"),
    [
        (administered(completion="RE"), "RXA^1^20", "left out"),
        (administered(completion="NA"), "RXA^1^20", "left out"),
        (administered(completion="Not Given"), "RXA^1^20", "left out"),
        (administered(completion="Held"), "RXA^1^20", "left out"),
        (administered(completion="Refused"), "RXA^1^20", "left out"),
        (administered(completion="??"), "RXA^1^20", "fault"),
        (administered(action="D"), "RXA^1^21", "fault"),
        (administered("^^"), "RXA^1^5", "fault"),
    ],
)
def test_what_was_not_given_is_told_and_no_record(segment: str, place: str, weight: str) -> None:
    given = administered(time="20261121080000+0100")
    translation = read(encoded(control("RE"), segment, given, kind="RAS^O17"))
    assert [one.time for one in translation.events] == [datetime(2026, 11, 21, 7, tzinfo=UTC)]
    assert [(one.where, one.weight) for one in translation.troubles] == [(place, weight)]
    assert [one.where for one in translation.unused] == [place]


def test_an_order_that_is_stopped_after_its_last_dose_is_both() -> None:
    found = drugs_in(encoded(control("DC"), administered(), kind="RAS^O17"))
    assert [one.status for one in found] == ["active", "stopped"]
    assert found[0].time < found[1].time


@pytest.mark.parametrize(
    ("ordered", "said"),
    [
        ("32968^clopidogrel^RXNORM", ("CLOPI TBL + clopidogrel", "32968", "4711", "99HAUS")),
        ("B01AC04^Clopidogrel^WC", ("CLOPI TBL + Clopidogrel", None, "B01AC04", "atc")),
        ("4712^Clopi^99HAUS", ("CLOPI TBL + Clopi", None, "4711", "99HAUS")),
    ],
)
def test_what_is_given_under_a_code_of_the_house_is_known_by_its_order_too(
    ordered: str, said: tuple[str | None, ...]
) -> None:
    given = encoded(control("RE"), f"RXE|^^^|{ordered}|75||mg", administered("4711^CLOPI TBL^99HAUS"), kind="RAS^O17")
    drug = drug_in(given)
    assert (drug.drug, drug.rxnorm, drug.code, drug.code_system) == said
    assert drug_in(given.replace(b"4711^CLOPI TBL^99HAUS", b"11289^warfarin^RXNORM")).drug == "warfarin"


def test_a_dose_of_an_unknown_amount_is_given_all_the_same() -> None:
    # Chapter 4A.4.7.6: 999 stands for an amount that is not known.
    assert drug_in(encoded(control("RE"), administered(dose="999"), kind="RAS^O17")).dose is None


def test_a_dose_that_is_yet_to_come_was_given_when_the_message_was_written() -> None:
    drug = drug_in(encoded(control("RE"), administered(time="20261121200000+0100"), kind="RAS^O17"))
    assert drug.time == datetime(2026, 11, 21, 9, 15, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("sent", "place"),
    [
        (encoded(person="PID|||UNKNOWN"), "PID^1^3"),
        (encoded(person=f"{PERSON}\r{PERSON}"), "PID^1^3"),
        (message(PERSON, kind="RDE^O11"), "ORC^1"),
        (encoded(kind="RDE^O25"), "MSH^1^9"),
        (encoded(kind="RDS^O13"), "MSH^1^9"),
    ],
)
def test_an_order_of_nobody_or_of_an_event_that_is_not_taken_is_refused(sent: bytes, place: str) -> None:
    with pytest.raises(Unusable) as refused:
        read(sent)
    assert refused.value.trouble.where == place


def test_a_merged_patients_orders_go_on_under_the_name_that_counts() -> None:
    memory = Memory()
    merge = message(
        "EVN||20261121090000+0100", "PID|||700999^^^HOSPITAL^MR", "MRG|700123^^^HOSPITAL^MR", kind="ADT^A40"
    )
    read(merge, memory)
    assert drug_in(encoded(), memory).patient == pseudonym_in(encoded(person="PID|||700999^^^HOSPITAL^MR"), IRISH)


def test_a_drug_ordered_with_a_general_order_message_is_one() -> None:
    # HL7 up to version 2.3 and many systems since: ORM^O01 with RXO or RXE.
    assert drug_in(encoded(control(), f"RXO|{CLOPIDOGREL}|75||mg", BY_MOUTH, kind="ORM^O01")).rxnorm == "32968"


def test_an_observation_beside_an_order_is_told_and_listed() -> None:
    translation = read(encoded(control(), GIVE, "OBX|1|NM|29463-7^Body weight^LN||70|kg|||||F"))
    assert [one.code for one in translation.unused] == ["29463-7^Body weight^LN"]


@pytest.mark.parametrize("word", ["Given", "GIVEN", "Administered", "Completed"])
def test_a_chart_that_writes_out_that_a_drug_was_given_is_understood(word: str) -> None:
    assert drug_in(encoded(control("RE"), administered(completion=word), kind="RAS^O17")).status == "active"


def test_a_unit_under_a_bare_number_goes_by_its_name() -> None:
    given = administered().replace("|mg|", "|7^mg|")
    assert drug_in(encoded(control("RE"), given, kind="RAS^O17")).dose_unit == "mg"
