"""Orders and results from a grammar, whatever stands in their fields: nothing breaks, vanishes, or begins at its end.

A message is a header, a patient, and orders or requests with the segments that may follow them, in any order, any
number, with contents that are right, wrong, empty, deleted, or another field's.
"""

from datetime import UTC, datetime

from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.therapy import Medication
from schemas.topics import TOPICS
from stream.gateway.answer import Verdict
from stream.gateway.framing import Block
from stream.gateway.memory import Memory
from stream.gateway.reception import Taken, read, take
from tests.builders.hl7_messages import PERSON, message, pseudonym_in
from tests.stream.gateway.test_order_control import ENDING, TABLE_0119
from tests.stream.gateway.test_server import READING

NOW = datetime(2026, 11, 21, 9, 15, tzinfo=UTC)
NUMBER = "QX77NUMBER"

_codes = st.sampled_from([*TABLE_0119, "", "ZZ", '""', "nw", "^", "NW~DC"])
_statuses = st.sampled_from(["", "SC", "IP", "CM", "CA", "DC", "RP", "HD", "ER", "A", "Discontinued", "odd", '""'])
_numbers = st.sampled_from([f"{NUMBER}^CPOE", NUMBER, f"{NUMBER}1^^1.2.3^ISO", "", '""', "^CPOE"])
_times = st.sampled_from(
    [
        "20261121100000+0100",
        "20261121100000",
        "202611211000",
        "20261121",
        "2026",
        "",
        '""',
        "20271121100000+0100",
        "noon",
    ]
)
_drugs = st.sampled_from(
    ["32968^clopidogrel^RXNORM", "B01AC04^^WC", "4711^Plavix^L^B01AC04^^ATC", "^Plavix 75 mg^", "", '""', "^^",
     "1~2", "a&b^c&d^e&f", "x" * 300, "\\T\\^\\S\\"]
)  # fmt: skip
_amounts = st.sampled_from(["75", "0.5", ".5", "", '""', "999", "1e400", "-1", "1,5", "some", "9" * 400, "NaN", "0"])
_words = st.sampled_from(
    ["", '""', "PO^Oral^HL70162", "mg", "^milligram", "QD", "R", "S", "CT", "RAD", "F", "P", "C", "^", "&", "~",
     "LA9657-3^Poor metabolizer^LN", "Poor Metabolizer", "*2/*2", "CYP2C19", "y" * 200]
)  # fmt: skip
_any = st.one_of(_codes, _statuses, _times, _drugs, _amounts, _words)


def _filled(name: str, most: int, **by_number: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    """A segment of fields that are what they should be, but one; it may end early."""
    numbers = [int(one.removeprefix("f")) for one in by_number]

    def written(drawn: tuple[tuple[str, ...], int, str, int]) -> str:
        said, odd, anything, end = drawn
        fields = [name, *[""] * most]
        for number, one in zip(numbers, said, strict=True):
            fields[number] = one
        if odd <= most:
            fields[odd] = anything
        return "|".join(fields[: end + 1] if end else fields)

    ends = st.one_of(st.just(0), st.integers(1, most))
    return st.tuples(st.tuples(*by_number.values()), st.integers(1, most * 2), _any, ends).map(written)


_rxe = _filled("RXE", 6, f2=_drugs, f3=_amounts, f4=st.one_of(st.just(""), _amounts), f5=_words)
_rxo = _filled("RXO", 5, f1=_drugs, f2=_amounts, f4=_words)
_rxa = _filled("RXA", 21, f3=_times, f5=_drugs, f6=_amounts, f7=_words,
               f20=st.sampled_from(["", "CP", "RE", "NA", "PA"]), f21=st.sampled_from(["", "A", "D", "U"]))  # fmt: skip
_more = st.one_of(
    _filled("RXR", 2, f1=_words),
    _filled("RXC", 4, f1=st.sampled_from(["A", "B"]), f2=_drugs, f3=_amounts),
    _filled("TQ1", 9, f3=_words, f7=_times, f8=_times, f9=st.sampled_from(["S", "A", "R", "P"])),
    _filled("OBR", 27, f2=_numbers, f3=_numbers, f4=st.sampled_from(["71046^XR CHEST^CPT", "1^CT HEAD^L", ""]),
            f24=st.sampled_from(["CT", "RAD", "LAB", ""]), f27=st.sampled_from(["1^^^^^S", ""])),
    _filled("IPC", 5, f1=_numbers, f3=st.just("1.2.3"), f5=_words),
    _filled("OBX", 11, f2=st.just("NM"), f3=st.just("29463-7^Body weight^LN"), f5=_amounts),
    st.sampled_from(["NTE|1||text", "ZDS|1.2.3^^Application^DICOM", "ZZZ", "PV1||I|A^1^2", ""]),
)  # fmt: skip
_control = st.tuples(_codes, _numbers, _numbers, _statuses, _times, _times).map(
    lambda row: f"ORC|{row[0]}|{row[1]}|{row[2]}||{row[3]}||||{row[4]}||||||{row[5]}"
)
_order = st.tuples(_control, st.lists(st.one_of(_rxe, _rxo, _rxa, _more), max_size=6)).map(
    lambda one: [one[0], *one[1]]
)
_kinds = st.sampled_from(["RDE^O11", "OMP^O09", "RAS^O17", "ORM^O01", "OMI^O23^OMI_O23", "OMG^O19", "RDE^O01"])


def taken(sent: bytes) -> Taken:
    (one,) = read(Block(sent), READING)
    return take(one, READING, Memory(), NOW)


def is_sound(found: Taken, sent: bytes) -> None:
    """What holds for every message."""
    assert found.verdict is not Verdict.ERROR or (found.translation.records == () and found.translation.troubles)
    for one in found.translation.records:
        adapter = TOPICS[one.event.topic].record
        assert adapter is not None
        adapter.validate_json(one.event.value)
        assert NUMBER.encode() not in one.event.value + one.event.key
        assert one.event.patient == pseudonym_in(sent, READING)


@settings(deadline=None, max_examples=500)
@given(_kinds, st.lists(_order, min_size=1, max_size=3))
def test_any_orders_are_records_or_told(kind: str, orders: list[list[str]]) -> None:
    sent = message(PERSON, *(segment for order in orders for segment in order if segment), kind=kind)
    found = taken(sent)
    is_sound(found, sent)
    assert found.translation.records or found.translation.troubles


@settings(deadline=None, max_examples=400)
@given(_kinds, _order, st.sampled_from(sorted(ENDING)))
def test_what_ends_an_order_never_begins_one(kind: str, order: list[str], code: str) -> None:
    control, *rest = order
    control = "|".join(["ORC", code, *control.split("|")[2:]])
    sent = message(PERSON, control, *(one for one in rest if one), kind=kind)
    found = taken(sent)
    is_sound(found, sent)
    statuses = [
        one.event.record.status for one in found.translation.records if isinstance(one.event.record, Medication)
    ]
    given_, after = statuses[:-1], statuses[-1:]
    assert set(after) <= {"stopped"}
    assert set(given_) <= {"active"}
    assert not given_ or any(one.startswith("RXA") for one in rest)


_observed = st.one_of(
    _filled("OBX", 11, f2=st.just("CWE"), f4=st.sampled_from(["1a", "1b", ""]), f5=_words, f11=_statuses,
            f3=st.sampled_from(["48018-6^Gene studied^LN", "84413-4^Genotype^LN", "53040-2^Effect^LN", "50956-2",
                                "79713-4^^LN", "x^DPYD activity score^LN"])),
    _filled("OBX", 11, f2=st.sampled_from(["TX", "FT", "ST"]), f5=_words, f11=_statuses,
            f3=st.sampled_from(["22637-3^Diagnosis^LN", "22636-5^Hx^LN", "1^own^L", "11529-5^x^LN"])),
    _filled("OBR", 25, f3=_numbers, f4=st.sampled_from(["11529-5^x^LN", "1^x^L"]), f7=_times, f22=_times,
            f24=st.sampled_from(["SP", ""]), f25=_statuses),
)  # fmt: skip


@settings(deadline=None, max_examples=500)
@given(st.lists(_observed, min_size=1, max_size=8))
def test_any_results_are_records_or_told(observed: list[str]) -> None:
    sent = message(PERSON, f"OBR|1||{NUMBER}|1^x|||20261121100000+0100", *observed)
    is_sound(taken(sent), sent)
