"""Who is in a bed at an instant: by what the messages about the stay have said, and never by guess."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.vitals import VitalsFrame
from stream.gateway.conventions import Conventions
from stream.gateway.framing import Block
from stream.gateway.memory import Memory
from stream.gateway.reception import Taken, read, remember, take
from tests.builders.hl7_messages import HEART_RATE, message, request
from tests.stream.gateway.test_translate import READING

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
BED, NEXT = "ICU^2^1", "ICU^2^2"


def at(minute: float) -> str:
    return f"{NOON + timedelta(minutes=minute):%Y%m%d%H%M%S}+0000"


def stay(trigger: str, minute: float, *segments: str) -> bytes:
    return message(f"EVN||{at(minute)}", *segments, kind=f"ADT^{trigger}", sent=at(minute))


def moved(trigger: str, minute: float, patient: str, bed: str = BED) -> bytes:
    return stay(trigger, minute, f"PID|||{patient}^^^H^MR", f"PV1||I|{bed}")


def beat(minute: float, rate: int, patient: str = "", bed: str = BED) -> bytes:
    sent = HEART_RATE.replace("|92|", f"|{rate}|")
    return message(f"PID|||{patient}", f"PV1||I|{bed}", request(at(minute)), sent, sent=at(minute))


class Gate:
    """Reads messages one after the other, as a gateway does."""

    def __init__(self, reading: Conventions = READING) -> None:
        self.memory = Memory()
        self.reading = reading

    def take(self, sent: bytes) -> Taken:
        (arrived,) = read(Block(sent), self.reading)
        taken = take(arrived, self.reading, self.memory, None)
        remember(taken, self.memory)
        return taken

    def filed(self, sent: bytes) -> str:
        """Under whom the vital signs of a message are filed."""
        (label,) = {one.filed.label for one in self.take(sent).translation.records if one.event.topic == "vitals"}
        return label


UNKNOWN = "unknown patient in bed ICU-2-1"


def test_who_was_in_the_bed_at_that_instant_counts_and_not_who_is_in_it_now() -> None:
    gate = Gate()
    gate.take(moved("A01", 0, "P1"))
    gate.take(moved("A02", 10, "P1", NEXT))
    gate.take(moved("A01", 20, "P2"))
    assert [gate.filed(beat(minute, 80)) for minute in (5, 15, 25)] == ["P1", UNKNOWN, "P2"]
    assert gate.filed(beat(15, 80, bed=NEXT)) == "P1"


def test_in_a_bed_whose_patient_is_not_known_lies_an_unknown_patient_who_is_watched() -> None:
    taken = Gate().take(beat(0, 80))
    bed, frame = (one.event for one in taken.translation.records)
    assert (bed.topic, frame.topic, bed.patient) == ("patients", "vitals", frame.patient)
    assert bed.record.model_dump(include={"status", "bed"}) == {"status": "updated", "bed": "ICU-2-1"}  # type: ignore[union-attr]
    assert frame.patient.startswith("bed-")
    assert [(one.where, one.code) for one in taken.translation.troubles] == [("PID^1^3", "101")]


def test_the_bed_of_an_unknown_patient_is_said_once() -> None:
    gate = Gate()
    topics = [[one.event.topic for one in gate.take(beat(minute, 80)).translation.records] for minute in (0, 1)]
    assert topics == [["patients", "vitals"], ["vitals"]]


def test_an_unknown_patient_is_no_other_senders() -> None:
    here = Gate().take(beat(0, 80)).translation.records[-1].event.patient
    there = Gate().take(beat(0, 80).replace(b"|MONITORS|", b"|OTHERS|")).translation.records[-1].event.patient
    assert here != there


@pytest.mark.parametrize("bed", ["", "^^", "ICU", '""^""^""', "^^0", "^^-"])
def test_a_place_without_a_bed_names_nobody(bed: str) -> None:
    assert [one.where for one in Gate().take(beat(0, 80, bed=bed)).translation.troubles] == ["PID^1^3"]


def test_a_site_may_refuse_who_is_not_named() -> None:
    gate = Gate(replace(READING, knows_beds=False))
    assert gate.take(beat(0, 80)).translation.records == ()


def test_a_bare_number_of_a_bed_joins_nobody() -> None:
    gate = Gate()
    gate.take(moved("A01", 0, "P1", "^^7"))
    assert gate.filed(beat(5, 80, bed="^^7")) == "unknown patient in bed 7"


def test_two_patients_in_one_bed_are_nobody() -> None:
    gate = Gate()
    gate.take(moved("A01", 0, "P1"))
    gate.take(moved("A01", 10, "P2"))  # nobody has said that P1 left
    assert [gate.filed(beat(minute, 80)) for minute in (5, 15)] == ["P1", UNKNOWN]


def test_two_places_in_one_message_are_none() -> None:
    gate = Gate()
    gate.take(moved("A01", 0, "P1"))
    twice = beat(5, 80).replace(b"PV1||I|ICU^2^1\r", b"PV1||I|ICU^2^1\rPV1||I|ICU^2^2\r")
    assert gate.take(twice).translation.records == ()


@pytest.mark.parametrize(
    ("of_stay", "of_monitor", "label"),
    [
        ("ICU^2^1^EAST", "ICU^2^1^EAST", "P1"),
        ("ICU^2^1^EAST", "ICU^2^1", "P1"),
        ("ICU^2^1", "ICU^2^1^EAST", "P1"),
        ("ICU^2^1^EAST", "ICU^2^1^WEST", UNKNOWN),
    ],
)
def test_a_facility_counts_where_both_name_one(of_stay: str, of_monitor: str, label: str) -> None:
    gate = Gate()
    gate.take(moved("A01", 0, "P1", of_stay))
    assert gate.filed(beat(5, 80, bed=of_monitor)) == label


def test_a_bed_without_a_facility_is_nobodys_where_there_are_two() -> None:
    gate = Gate()
    gate.take(moved("A01", 0, "P1", "ICU^2^1^EAST"))
    gate.take(moved("A01", 0, "P2", "ICU^2^9^WEST"))
    assert gate.filed(beat(5, 80)) == UNKNOWN


def test_a_discharge_and_a_cancelled_admission_empty_the_bed() -> None:
    for trigger in ("A03", "A11"):
        gate = Gate()
        gate.take(moved("A01", 0, "P1"))
        gate.take(moved(trigger, 10, "P1"))
        assert [gate.filed(beat(minute, 80)) for minute in (9, 10)] == ["P1", UNKNOWN]


def test_a_swap_moves_both_at_one_instant() -> None:
    gate = Gate()
    gate.take(moved("A01", 0, "P1"))
    gate.take(moved("A01", 0, "P2", NEXT))
    swap = stay("A17", 10, "PID|||P1^^^H^MR", f"PV1||I|{NEXT}", "PID|||P2^^^H^MR", f"PV1||I|{BED}")
    taken = gate.take(swap)
    beds = {one.filed.label: one.event.record.bed for one in taken.translation.records}  # type: ignore[union-attr]
    assert beds == {"P1": "ICU-2-2", "P2": "ICU-2-1"}
    assert [gate.filed(beat(minute, 80)) for minute in (9, 10)] == ["P1", "P2"]
    assert [gate.filed(beat(minute, 80, bed=NEXT)) for minute in (9, 10)] == ["P2", "P1"]


def test_what_comes_under_a_merged_id_is_the_surviving_patients() -> None:
    gate = Gate()
    gate.take(moved("A01", 0, "P1"))
    gate.take(stay("A40", 10, "PID|||P2^^^H^MR", "MRG|P1^^^H^MR"))
    assert [gate.filed(beat(minute, 80)) for minute in (9, 11)] == ["P1", "P2"]
    assert [gate.filed(beat(minute, 80, "P1^^^H^MR")) for minute in (9, 11)] == ["P1", "P2"]


def test_a_message_of_a_test_stand_says_nothing_of_beds() -> None:
    gate = Gate(replace(READING, takes_tests=True))
    gate.take(moved("A01", 0, "P1").replace(b"|P|2.6", b"|T|2.6"))
    assert gate.filed(beat(5, 80)) == UNKNOWN


def test_an_admission_counts_before_the_broker_has_it() -> None:
    """A monitor's next message may come on another connection while the broker is slow."""
    gate = Gate()
    (arrived,) = read(Block(moved("A01", 0, "P1")), READING)
    take(arrived, READING, gate.memory, None)
    assert gate.filed(beat(5, 80)) == "P1"


def test_a_transfer_that_comes_too_late_is_told() -> None:
    gate = Gate()
    gate.take(moved("A01", 0, "P1"))
    gate.filed(beat(20, 80))
    late = gate.take(moved("A02", 10, "P1", NEXT))
    assert [one.where for one in late.translation.troubles] == ["PV1^1^3"]
    assert gate.take(moved("A02", 30, "P1")).translation.troubles == []


_PATIENTS = ("P1", "P2", "P3")
_BEDS = (BED, NEXT, "ICU^2^3")
_DEEDS = st.lists(
    st.tuples(
        st.sampled_from(["come", "go", "transfer", "swap", "beat", "beat", "beat-named", "merge", "cut", "again"]),
        st.sampled_from(_PATIENTS),
        st.sampled_from(_PATIENTS),
        st.sampled_from(_BEDS),
        st.integers(0, 6),  # how many minutes ago an observation was made that comes only now
    ),
    max_size=40,
)


class Ward:
    """Who truly is where, and the messages that say so; each beat is a number that only its patient has."""

    def __init__(self) -> None:
        self.now: dict[str, str] = {}  # patient by bed
        self.was: list[dict[str, str]] = []  # by minute
        self.lives_as = {one: one for one in _PATIENTS}
        self._sent = b""

    def place_of(self, who: str) -> str | None:
        return next((bed for bed, patient in self.now.items() if patient == who), None)

    def messages(self, deeds: list[tuple[str, str, str, str, int]]) -> Iterator[tuple[bytes, str | None]]:
        """Each message, and who was in the bed if it is a new observation of it; "" is nobody."""
        for minute, (deed, who, other, bed, ago) in enumerate(deeds):
            said = {"come": self._come, "go": self._go, "merge": self._merge}.get(deed, self._move)
            sent = said(deed, minute, who, other, bed)
            self.was.append(dict(self.now))
            then = max(0, minute - ago)
            truth = self.was[then].get(bed, "")
            if sent:
                yield sent, None
            elif deed == "beat":
                self._sent = beat(then, 60 + _PATIENTS.index(truth) if truth else 50, bed=bed)
                yield self._sent, truth
            elif deed == "beat-named" and truth:
                yield beat(then, 60 + _PATIENTS.index(truth), f"{truth}^^^H^MR", NEXT), truth
            elif deed in {"cut", "again"} and self._sent:
                yield (self._sent[: len(self._sent) // 2] if deed == "cut" else b"") + self._sent, None

    def _come(self, _: str, minute: int, who: str, __: str, bed: str) -> bytes:
        if self.place_of(who) or bed in self.now or self.lives_as[who] != who:
            return b""
        self.now[bed] = who
        return moved("A01", minute, who, bed)

    def _go(self, _: str, minute: int, who: str, __: str, ___: str) -> bytes:
        place = self.place_of(who)
        if place is None:
            return b""
        del self.now[place]
        return moved("A03", minute, who, place)

    def _move(self, deed: str, minute: int, who: str, other: str, bed: str) -> bytes:
        place, theirs = self.place_of(who), self.place_of(other)
        if deed == "transfer" and place and bed not in self.now:
            self.now[bed] = self.now.pop(place)
            return moved("A02", minute, who, bed)
        if deed == "swap" and place and theirs and who != other:
            self.now |= {place: other, theirs: who}
            both = (f"PID|||{who}^^^H^MR", f"PV1||I|{theirs}", f"PID|||{other}^^^H^MR", f"PV1||I|{place}")
            return stay("A17", minute, *both)
        return b""

    def _merge(self, _: str, minute: int, who: str, other: str, __: str) -> bytes:
        place, is_whole = self.place_of(who), (self.lives_as[who], self.lives_as[other]) == (who, other)
        if place is None or self.place_of(other) or who == other or not is_whole:
            return b""
        self.now[place] = self.lives_as[who] = other
        return stay("A40", minute, f"PID|||{other}^^^H^MR", f"MRG|{who}^^^H^MR")


@settings(deadline=None, max_examples=300)
@given(_DEEDS)
def test_no_observation_ever_reaches_another_patient(deeds: list[tuple[str, str, str, str, int]]) -> None:
    ward, gate = Ward(), Gate()
    for sent, truth in ward.messages(deeds):
        for arrived in read(Block(sent), READING):
            taken = take(arrived, READING, gate.memory, None)
            remember(taken, gate.memory)
            for one in taken.translation.records:
                if isinstance(one.event.record, VitalsFrame):
                    rate = int(one.event.record.heart_rate_bpm or 0)
                    own = _names(_PATIENTS[rate - 60], ward) if rate >= 60 else set()
                    assert one.filed.is_unknown or one.filed.label in own
                    if truth is not None:
                        assert one.filed.is_unknown == (not truth)


def _names(who: str, ward: Ward) -> set[str]:
    """Under which names a patient's record goes on."""
    names = {who}
    while ward.lives_as[who] != who:
        who = ward.lives_as[who]
        names.add(who)
    return names
