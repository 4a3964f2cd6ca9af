"""What a gateway keeps beside records: refused messages, sealed and bounded, and what became of each message."""

import asyncio
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from stream.gateway.framing import Block
from stream.gateway.intake import Keeping
from stream.gateway.journal import Journal, trace
from stream.gateway.outlet import Outlet
from stream.gateway.peer import Peer
from stream.gateway.profile import Profile, load
from stream.gateway.refused import RefusedStore
from stream.gateway.server import Gateway
from stream.gateway.trouble import Trouble
from stream.gateway.vault import SealError, Vault
from tests.builders.hl7_messages import HEART_RATE, SYSTOLIC, observed
from tests.stream.gateway.test_server import READING, FakePublisher

VAULT = Vault(b"a secret of sixteen bytes or more", "refused")
NOW = datetime(2026, 11, 21, 9, 15, tzinfo=UTC)
WHY = [Trouble("PID^1^3", "101", "the message names no patient")]
NOBODY = observed(SYSTOLIC, person="PID|||UNKNOWN||DOE^JANE")


class Kept:
    """A gateway that keeps what it refuses, and its journal."""

    def __init__(
        self, folder: Path, senders: dict[str, Profile] | None = None, *, confirms: bool = True, patience_s: float = 5
    ) -> None:
        publisher: Any = FakePublisher(confirms=confirms)
        self.publisher = publisher
        self.folder = folder
        self.store = RefusedStore(folder / "refused", VAULT)
        self.journal = Journal(folder, READING.key)
        self.outlet = Outlet(publisher, patience_s)
        keeping = Keeping(self.journal, self.store)
        self.gateway = Gateway(READING, self.outlet, senders, keeping=keeping)
        self.running = [
            asyncio.create_task(self.outlet.run()),
            asyncio.create_task(self.gateway.take_again(self.store)),
        ]

    async def sent(self, *messages: bytes, peer: Peer = Peer("10.0.0.7")) -> list[str]:  # noqa: B008 - immutable
        blocks = [self.gateway.answers_to(Block(one), peer=peer) for one in messages]
        return [said.split(b"MSA|")[1][:2].decode() for answers in blocks for said in [one async for one in answers]]

    async def taken_again(self, name: str) -> list[str]:
        """Ask for a message again; what is refused when the gateway has done with it."""
        self.store.ask_again(name)
        async with asyncio.timeout(10):
            while self.store.ids(again=True):  # noqa: ASYNC110 - nobody tells
                await asyncio.sleep(0.05)
        return self.store.ids()

    def became(self, control_id: str) -> list[Any]:
        return [one["became"] for one in trace(self.folder, READING.key, control_id)]

    async def end(self) -> None:
        for task in self.running:
            task.cancel()
        await asyncio.wait(self.running)
        self.journal.close()


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("stream.gateway.server._LOOK_S", 0.01)


async def test_what_is_refused_for_good_is_kept_sealed_and_can_be_read(tmp_path: Path) -> None:
    kept = Kept(tmp_path)
    assert await kept.sent(NOBODY, observed(SYSTOLIC), b"no message") == ["AE", "AA", "AE"]
    one, other = [kept.store.read(name) for name in kept.store.ids()]
    assert (one.content, one.peer, one.where) == (NOBODY, Peer("10.0.0.7"), "PID^1^3")
    assert other.content == b"no message"
    assert not [path for path in (tmp_path / "refused").iterdir() if b"DOE" in path.read_bytes()]
    await kept.end()


async def test_what_is_to_be_sent_again_is_its_senders(tmp_path: Path) -> None:
    kept = Kept(tmp_path, confirms=False, patience_s=0.05)
    assert await kept.sent(observed(SYSTOLIC)) == ["AR"]
    assert kept.store.ids() == []
    assert kept.became("42") == ["to be sent again"]
    await kept.end()


async def test_a_refused_message_is_taken_again_by_its_senders_mended_profile(tmp_path: Path) -> None:
    without_zone = observed(SYSTOLIC, time="20261121101500", sent="20261121101501")
    peer = Peer("10.0.0.7", ("monitor.ward",))
    kept = Kept(tmp_path)
    assert await kept.sent(without_zone, peer=peer) == ["AE"]
    (name,) = kept.store.ids()
    assert await kept.taken_again(name) == [name]
    await kept.end()
    mended = Kept(tmp_path, {"monitor.ward": load("plain").model_copy(update={"zone": "Europe/Berlin"})})
    assert await mended.taken_again(name) == []
    ((event,),) = mended.publisher.played
    assert event.time == datetime(2026, 11, 21, 9, 15, tzinfo=UTC)
    assert mended.became("42") == ["refused", "refused", "confirmed"]
    await mended.end()


async def test_a_message_that_comes_again_while_the_broker_is_away_waits(tmp_path: Path) -> None:
    kept = Kept(tmp_path, patience_s=0.05)
    name = kept.store.keep(NOW, Peer("10.0.0.7"), observed(SYSTOLIC), WHY)
    kept.publisher.allowed.clear()
    kept.store.ask_again(name)
    await asyncio.sleep(0.2)
    assert kept.store.ids(again=True) == [name]
    kept.publisher.allowed.set()
    async with asyncio.timeout(10):
        while kept.store.ids(again=True):  # noqa: ASYNC110 - nobody tells
            await asyncio.sleep(0.05)
    assert kept.store.ids() == []
    await kept.end()


def test_the_folder_of_refused_messages_is_bounded_the_oldest_going_first(tmp_path: Path) -> None:
    store = RefusedStore(tmp_path, VAULT, most_bytes=5000)
    names = [store.keep(NOW + timedelta(seconds=number), Peer("a"), b"x" * 300, WHY) for number in range(30)]
    assert sum(path.stat().st_size for path in tmp_path.iterdir()) <= 5000
    assert store.ids() == names[-len(store.ids()) :]
    assert store.given_up == 30 - len(store.ids()) > 0
    again = RefusedStore(tmp_path, VAULT, most_bytes=5000)
    again.keep(NOW + timedelta(seconds=31), Peer("a"), b"x" * 3000, WHY)
    assert sum(path.stat().st_size for path in tmp_path.iterdir()) <= 5000


def test_a_refused_message_of_another_secret_or_damaged_is_told(tmp_path: Path) -> None:
    name = RefusedStore(tmp_path, VAULT).keep(NOW, Peer("a"), b"x", WHY)
    with pytest.raises(SealError):
        RefusedStore(tmp_path, Vault(b"another secret of sixteen bytes", "refused")).read(name)
    (file,) = tmp_path.iterdir()
    file.write_bytes(file.read_bytes()[:-1])
    with pytest.raises(SealError):
        RefusedStore(tmp_path, VAULT).read(name)


async def test_the_journal_says_what_became_of_a_message_and_names_nobody(tmp_path: Path) -> None:
    kept = Kept(tmp_path)
    assert await kept.sent(observed(SYSTOLIC), observed(SYSTOLIC), observed(HEART_RATE), NOBODY) == ["AA"] * 3 + ["AE"]
    assert kept.became("42") == ["confirmed", "double", "confirmed", "refused"]
    first = next(trace(tmp_path, READING.key, "42"))
    assert (first["sender"], first["records"]) == ("MONITORS|WARD", {"vitals": 1})
    assert kept.became("43") == []
    whole = (tmp_path / "journal.jsonl").read_text("utf-8")
    assert not {"DOE", "700123", '"42"'} & set(whole.replace("^", " ").split())
    await kept.end()


def test_the_journal_is_bounded(tmp_path: Path) -> None:
    journal = Journal(tmp_path, READING.key, most_bytes=1000)
    for number in range(50):
        journal.note(NOW, "MONITORS|WARD", str(number), ["vitals"], "confirmed", [])
    journal.close()
    assert sum(path.stat().st_size for path in tmp_path.iterdir()) <= 2400
    assert [one["became"] for one in trace(tmp_path, READING.key, "49")] == ["confirmed"]
    assert list(trace(tmp_path, READING.key, "0")) == []
    assert all(json.loads(line) for path in tmp_path.iterdir() for line in path.read_text().splitlines())
