"""A message that comes again is answered as before, its records once; another under its control id is taken, too."""

import asyncio

from prometheus_client import generate_latest

from stream.gateway.doubles import Doubles
from stream.gateway.framing import framed
from stream.gateway.trouble import Trouble
from tests.builders.hl7_ids import ids_of
from tests.builders.hl7_messages import HEART_RATE, SYSTOLIC, admission, laboratory, observed
from tests.stream.gateway.test_connection import A, B, listening
from tests.stream.gateway.test_server import READING, Bench, FakePublisher


def counted(bench: Bench) -> dict[str, float]:
    rows = generate_latest(bench.gateway.registry).decode().splitlines()
    begins = 'wardwatch_gateway_doubles_total{kind="'
    return {row[len(begins) :].split('"')[0]: float(row.split()[-1]) for row in rows if row.startswith(begins)}


def ids(sent: bytes) -> list[str]:
    return ids_of(sent, READING)


async def test_the_same_message_is_answered_as_before_and_its_records_go_once() -> None:
    publisher = FakePublisher()
    bench = Bench(publisher)
    sent = observed(SYSTOLIC, laboratory("2160-0", "88", "kPa"))
    first, again = [await bench.answered(sent) for _ in range(2)]
    assert again[1] == first[1] == ["MSA", "AA", "42"]
    assert again[2 : len(first)] == first[2:]  # and one line more
    (told,) = again[len(first) :]
    assert (told[2], told[4]) == ("MSH^1^10", "I")
    assert len([batch for batch in publisher.played if batch]) == 1
    assert counted(bench) == {"same": 1}


async def test_another_message_under_the_same_control_id_is_taken_and_told() -> None:
    publisher = FakePublisher()
    bench = Bench(publisher)
    await bench.answered(observed(SYSTOLIC))
    said = await bench.answered(observed(HEART_RATE))
    assert said[1] == ["MSA", "AA", "42"]
    assert [line[2:5] for line in said[2:]] == [["MSH^1^10", "205^Duplicate key identifier^HL70357", "W"]]
    assert sum(len(batch) for batch in publisher.played) == 2
    assert counted(bench) == {"other content": 1}


async def test_the_same_control_id_of_another_sender_is_no_double() -> None:
    publisher = FakePublisher()
    bench = Bench(publisher)
    await bench.answered(observed(SYSTOLIC))
    said = await bench.answered(observed(SYSTOLIC).replace(b"|MONITORS|", b"|LABORATORY|"))
    assert len(said) == 2
    assert counted(bench) == {}


async def test_what_was_not_accepted_is_taken_anew() -> None:
    publisher = FakePublisher(confirms=False)
    bench = Bench(publisher, patience_s=0.05)
    assert (await bench.answered(observed(SYSTOLIC)))[1][1] == "AR"
    publisher.allowed.set()
    while bench.outlet.is_stalled:  # noqa: ASYNC110 - a state of the outlet, which tells nobody
        await asyncio.sleep(0)
    assert (await bench.answered(observed(SYSTOLIC)))[1][1] == "AA"
    assert counted(bench) == {}


async def test_a_sender_that_loses_the_answer_and_connects_anew_doubles_nothing() -> None:
    async with listening() as line:
        assert await line.sent(framed(A), framed(B), answers=2) == ["AA A", "AA B"]
        assert await line.sent(framed(B), framed(A), answers=2) == ["AA B", "AA A"]
        assert len(line.rates) == 2


def test_the_records_of_a_message_have_the_same_ids_whenever_it_comes_and_no_others_have() -> None:
    sent = observed(SYSTOLIC, laboratory("2160-0", "1.2", "mg/dL"))
    known = ids(sent)
    assert len(set(known)) == len(known) == 2
    assert ids(sent) == known
    assert not set(known) & set(ids(observed(HEART_RATE)))
    assert not set(known) & set(ids(admission("A01")))


def test_a_message_is_known_by_what_it_says_and_not_by_how_its_lines_end() -> None:
    sent = observed(SYSTOLIC)
    assert ids(sent.replace(b"\r", b"\r\n")) == ids(sent)
    assert ids(sent.replace(b"|118|", b"|119|")) != ids(sent)


def test_what_is_remembered_is_bounded_the_oldest_going_first() -> None:
    doubles = Doubles(most=10)
    for number in range(8):
        doubles.accepted("s", str(number), "digest", [Trouble("MSH^1", "0", "x")] * (number % 2))
    known = [number for number in range(8) if doubles.before("s", str(number))]
    assert known == [2, 3, 4, 5, 6, 7][-len(known) :]
    assert 6 <= len(known) <= 7
