"""A send that is only buffered is no delivery, and nothing that the broker may still get is sent twice."""

import asyncio
from collections import deque

import pytest
from aiokafka.errors import (
    KafkaTimeoutError,
    MessageSizeTooLargeError,
    NotLeaderForPartitionError,
    ProducerFenced,
    RecordListTooLargeError,
    TopicAuthorizationFailedError,
)
from structlog.testing import capture_logs

from stream.delivery.sender import Output, PublishError, Sender
from tests.builders.ports import SOON_S, FakeProducer, a_sender

ALERT = Output("alerts", b"p-1", b"{}", [])


def numbered(count: int) -> list[Output]:
    return [Output("alerts", b"p-1", str(number).encode(), []) for number in range(count)]


async def test_a_send_that_is_only_buffered_is_not_confirmed() -> None:
    producer, confirmed = FakeProducer(held=True), list[Output]()
    sender = a_sender(producer, confirmed)
    deliveries = await sender.post([ALERT])
    waiting = asyncio.create_task(sender.confirm(deliveries))
    await asyncio.sleep(0)
    assert producer.sent
    assert not waiting.done()
    assert confirmed == []
    producer.release()
    async with asyncio.timeout(SOON_S):
        await waiting
    assert confirmed == [ALERT]


async def test_outputs_are_handed_over_and_confirmed_in_their_order() -> None:
    producer, confirmed = FakeProducer(), list[Output]()
    sender = a_sender(producer, confirmed)
    await sender.confirm(await sender.post(numbered(5)))
    assert [value for _, _, value in producer.sent] == [b"0", b"1", b"2", b"3", b"4"]
    assert confirmed == numbered(5)


async def test_an_answer_that_takes_long_is_waited_for_and_not_sent_again() -> None:
    producer = FakeProducer(held=True)
    sender = a_sender(producer, timeout_s=0.01)
    waiting = asyncio.create_task(sender.confirm(await sender.post([ALERT])))
    done, _ = await asyncio.wait({waiting}, timeout=0.1)  # many times the sender's patience
    assert not done
    producer.release()
    async with asyncio.timeout(SOON_S):
        await waiting
    assert len(producer.sent) == 1


@pytest.mark.parametrize("error", [KafkaTimeoutError(), NotLeaderForPartitionError()])
async def test_what_the_producer_has_given_up_is_sent_again_until_the_broker_has_it(error: Exception) -> None:
    producer, confirmed = FakeProducer(answers=deque([error, error])), list[Output]()
    sender = a_sender(producer, confirmed)
    await sender.confirm(await sender.post([ALERT]))
    assert len(producer.sent) == 3
    assert confirmed == [ALERT]


async def test_a_producer_that_takes_nothing_at_first_is_asked_again() -> None:
    producer = FakeProducer(refusals=deque([KafkaTimeoutError()]))
    sender = a_sender(producer)
    async with asyncio.timeout(SOON_S):
        await sender.confirm(await sender.post([ALERT]))
    assert len(producer.sent) == 1


async def test_a_producer_that_does_not_answer_at_all_is_asked_again() -> None:
    producer = FakeProducer()
    calls = 0

    async def send(*record: object) -> asyncio.Future[None]:
        nonlocal calls
        calls += 1
        if calls == 1:
            await asyncio.Event().wait()
        return await producer.send(*record)  # type: ignore[arg-type]  # passed through

    sender = Sender(send, 0.01, lambda _: None)
    async with asyncio.timeout(SOON_S):
        await sender.confirm(await sender.post([ALERT]))
    assert (calls, len(producer.sent)) == (2, 1)


@pytest.mark.parametrize("error", [MessageSizeTooLargeError(), RecordListTooLargeError()])
@pytest.mark.parametrize("place", ["answers", "refusals"])
async def test_an_output_that_is_too_large_is_named(error: Exception, place: str) -> None:
    producer = FakeProducer()
    getattr(producer, place).append(error)
    sender = a_sender(producer)
    with pytest.raises(PublishError, match="an output for alerts is larger than the broker takes") as caught:
        await sender.confirm(await sender.post([ALERT]))
    assert caught.value.output == ALERT


async def test_an_output_that_the_producer_refuses_keeps_none_of_the_others_from_being_sent() -> None:
    producer = FakeProducer(refusals=deque([MessageSizeTooLargeError()]))
    sender = a_sender(producer)
    first, second = await sender.post(numbered(2))
    with pytest.raises(PublishError):
        await sender.confirm([first])
    await sender.confirm([second])
    assert [value for _, _, value in producer.sent] == [b"1"]


@pytest.mark.parametrize("error", [ProducerFenced(), TopicAuthorizationFailedError()])
@pytest.mark.parametrize("place", ["answers", "refusals"])
async def test_an_error_that_no_retry_helps_against_escapes(error: Exception, place: str) -> None:
    producer = FakeProducer()
    getattr(producer, place).append(error)
    sender = a_sender(producer)
    with pytest.raises(type(error)):
        await sender.confirm(await sender.post([ALERT]))
    assert len(producer.sent) == (1 if place == "answers" else 0)


async def test_an_output_is_sent_as_it_is_and_again_as_it_is_with_its_headers() -> None:
    handed: list[tuple[object, ...]] = []
    producer = FakeProducer(answers=deque([NotLeaderForPartitionError()]))

    async def send(*record: object) -> asyncio.Future[None]:
        handed.append(record)
        return await producer.send(*record)  # type: ignore[arg-type]  # passed through

    output = Output("alerts", b"p-1", b"{}", [("ce_id", b"7")])
    sender = Sender(send, SOON_S, lambda _: None)
    await sender.confirm(await sender.post([output]))
    assert handed == [("alerts", b"p-1", b"{}", None, None, [("ce_id", b"7")])] * 2


@pytest.mark.parametrize(
    ("refusals", "answers", "error"),
    [
        ([KafkaTimeoutError()], [], "KafkaTimeoutError"),
        ([], [NotLeaderForPartitionError()], "NotLeaderForPartitionError"),
    ],
)
async def test_a_broker_that_keeps_outputs_waiting_is_told_in_the_log(
    refusals: list[Exception], answers: list[Exception], error: str
) -> None:
    sender = a_sender(FakeProducer(refusals=deque(refusals), answers=deque(answers)))
    with capture_logs() as said:
        await sender.confirm(await sender.post([ALERT]))
    assert [(line["event"], line["error"]) for line in said] == [("broker-does-not-confirm", error)]


async def test_a_broker_that_says_nothing_is_told_in_the_log_again_and_again() -> None:
    producer = FakeProducer(held=True)
    sender = a_sender(producer, timeout_s=0.001)
    with capture_logs() as said:
        waiting = asyncio.create_task(sender.confirm(await sender.post([ALERT])))
        async with asyncio.timeout(SOON_S):
            while len(said) < 3:  # noqa: ASYNC110 - nothing that one could wait on
                await asyncio.sleep(0.001)
            producer.release()
            await waiting
    assert {(line["event"], line["error"]) for line in said} == {("broker-does-not-confirm", "TimeoutError")}


@pytest.mark.parametrize(
    ("partition", "may_not", "text"),
    [
        (None, False, "an output for vitals is larger than the broker takes"),
        (None, True, "an output for vitals may not be written by this worker"),
        (
            3,
            True,
            (
                "an output for vitals may not be written by this worker; it is an input that lies in another partition "
                "than its key's"
            ),
        ),
    ],
)
def test_what_can_not_be_sent_says_why_in_no_word_of_the_record(
    partition: int | None, text: str, *, may_not: bool
) -> None:
    output = Output("vitals", b"p-1", b"{}", [], partition=partition)
    assert str(PublishError(output, may_not=may_not)) == text


async def test_an_input_that_may_not_be_moved_is_no_reason_to_end_and_any_other_output_is() -> None:
    producer = FakeProducer(answers=deque([TopicAuthorizationFailedError(), TopicAuthorizationFailedError()]))
    sender = a_sender(producer)
    with pytest.raises(PublishError, match="lies in another partition than its key's") as refused:
        await sender.confirm(await sender.post([Output("vitals", b"p-1", b"{}", [], partition=3)]))
    assert refused.value.may_not
    with pytest.raises(TopicAuthorizationFailedError):
        await sender.confirm(await sender.post([ALERT]))
