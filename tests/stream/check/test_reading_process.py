import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from models.lesion.dicom import Limits
from stream.check.model_loading import EXCHANGE
from stream.check.reading_process import DIED, SLOW, JudgeSource, Reader, ReadFailed
from stream.check.task import Task
from stream.check.verdict import MEMORY, Refusal, Verdict

pytestmark = pytest.mark.timeout(90)  # fresh processes on a busy machine
SCRIPTED = JudgeSource(EXCHANGE, "tests.builders.scripted_judge:scripted")
LINUX = pytest.mark.skipif(sys.platform != "linux", reason="the memory of a process can be bounded on Linux only")


def a_task(data: bytes = b"answer") -> Task:
    return Task(data, "1.2", None, None, None, Limits(), overlay=False)


async def read(reader: Reader[Task, Verdict], data: bytes = b"answer") -> Verdict:
    found = await reader.read([a_task(data)])
    return found if isinstance(found, Refusal) else found[0]


@pytest.fixture
async def reader() -> AsyncIterator[Reader[Task, Verdict]]:
    async with Reader(SCRIPTED, timeout_s=1, memory_bytes=2**28) as made:
        yield made


async def process_of(reader: Reader[Task, Verdict]) -> int:
    answer = await read(reader)
    assert isinstance(answer, Refusal)
    assert answer.reason == "answer"
    return int(answer.sentence.split()[0])


async def test_images_are_read_in_one_other_process_of_low_priority_without_core_files(
    reader: Reader[Task, Verdict],
) -> None:
    first, second = await read(reader), await read(reader)
    assert first == second
    assert isinstance(first, Refusal)
    process, niceness, core = (int(part) for part in first.sentence.split())
    assert process != os.getpid()
    assert niceness >= 10
    assert core == 0


async def test_libraries_are_imported_before_the_first_image() -> None:
    async with Reader(
        replace(SCRIPTED, libraries=("this",)), timeout_s=1
    ) as reader:  # no program would import it by itself
        assert await read(reader, b"is the library there?") == Refusal("answer", "True")


async def test_a_slow_image_is_refused_in_time_and_the_next_one_read_by_a_fresh_process(
    reader: Reader[Task, Verdict],
) -> None:
    before = await process_of(reader)
    started = time.monotonic()
    assert await read(reader, b"sleep") == SLOW
    assert time.monotonic() - started < 8  # its second, and three for a process that ignores the signal to end
    assert await process_of(reader) != before


async def test_a_crash_is_the_end_of_one_image_only(reader: Reader[Task, Verdict]) -> None:
    assert await read(reader, b"crash") == DIED
    await process_of(reader)


async def test_a_batch_is_refused_as_a_whole_when_one_of_it_takes_too_long_or_crashes(
    reader: Reader[Task, Verdict],
) -> None:
    assert await reader.read([a_task(), a_task(b"crash")]) == DIED
    assert await reader.read([a_task(), a_task(b"sleep")]) == SLOW
    found = await reader.read([a_task(), a_task()])
    assert not isinstance(found, Refusal)
    assert found[0] == found[1]


@LINUX
async def test_memory_is_bounded(reader: Reader[Task, Verdict]) -> None:
    before = await process_of(reader)
    assert await read(reader, b"eat") == Refusal("memory", "no memory")
    assert await read(reader, b"eat without catching") == MEMORY
    assert await process_of(reader) == before


async def test_what_the_model_raises_is_no_refusal_and_says_nothing_of_the_image(reader: Reader[Task, Verdict]) -> None:
    with pytest.raises(ReadFailed, match=r"^the model raised LookupError$"):
        await read(reader, b"raise")
    await process_of(reader)


async def test_a_process_that_dies_between_images_is_replaced(reader: Reader[Task, Verdict]) -> None:
    os.kill(await process_of(reader), signal.SIGKILL)
    await process_of(reader)


async def test_the_event_loop_turns_while_an_image_is_read(reader: Reader[Task, Verdict]) -> None:
    await process_of(reader)
    reading = asyncio.create_task(read(reader, b"sleep"))
    longest, last = 0.0, time.monotonic()
    while not reading.done():
        await asyncio.sleep(0.005)
        now = time.monotonic()
        longest, last = max(longest, now - last), now
    assert longest < 0.5


async def test_cancelling_goes_through(reader: Reader[Task, Verdict]) -> None:
    reading = asyncio.create_task(read(reader, b"sleep"))
    await asyncio.sleep(0)
    reading.cancel()
    with pytest.raises(asyncio.CancelledError):
        await reading


async def test_a_check_that_is_cancelled_ends_its_process_and_the_next_one_gets_another(
    reader: Reader[Task, Verdict],
) -> None:
    before = await process_of(reader)
    reading = asyncio.create_task(read(reader, b"sleep"))
    await asyncio.sleep(0.2)
    reading.cancel()
    with pytest.raises(asyncio.CancelledError):
        await reading
    assert await process_of(reader) != before
    assert not runs(before)


async def test_images_wait_for_each_other_and_a_slow_one_costs_the_next_only_time(
    reader: Reader[Task, Verdict],
) -> None:
    await process_of(reader)
    slow, next_one = await asyncio.gather(read(reader, b"sleep"), read(reader))
    assert slow == SLOW
    assert isinstance(next_one, Refusal)
    assert next_one.reason == "answer"


async def test_a_process_whose_answer_is_none_is_killed_and_the_image_refused(reader: Reader[Task, Verdict]) -> None:
    before = await process_of(reader)
    assert await read(reader, b"answer with what is no answer") == DIED
    assert await process_of(reader) != before
    assert not runs(before)


async def test_a_judge_that_can_t_be_made_is_told_and_not_waited_for() -> None:
    async with Reader(replace(SCRIPTED, made_by="tests.builders.scripted_judge:nothing"), timeout_s=1) as reader:
        with pytest.raises(ReadFailed, match="no process"):
            await read(reader)


WORKER = """
import asyncio
from tests.stream.check.test_reading_process import Reader, SCRIPTED, read
async def main():
    async with Reader(SCRIPTED, timeout_s=600) as reader:
        print((await read(reader)).sentence, flush=True)
        asyncio.create_task(read(reader, b"sleep"))
        await asyncio.sleep(600)
asyncio.run(main())
"""


def runs(process: int) -> bool:
    try:
        return Path(f"/proc/{process}/stat").read_text(encoding="ascii").rpartition(") ")[2][0] != "Z"
    except FileNotFoundError:
        return False


@LINUX
def test_a_killed_worker_takes_its_busy_reading_process_along() -> None:
    with subprocess.Popen([sys.executable, "-c", WORKER], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as worker:  # noqa: S603 this very interpreter and a text from here
        assert worker.stdout is not None
        process = int(worker.stdout.readline().split()[0])
        time.sleep(0.3)  # so that it is busy; were it still idle, it would end by itself and the test prove less
        worker.kill()
    deadline = time.monotonic() + 10
    while runs(process) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not runs(process)
