"""What waits on disk: in order, there after a crash, sealed, bounded, and gone when it was sent."""

import os
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from schemas.arrival import HELD_MS
from stream.gateway.spool import Spool, SpoolError
from stream.gateway.vault import KeyFileError, Vault
from tests.builders.feed_events import an_event

VAULT = Vault(b"a secret of sixteen bytes or more", "spool")


def drained(spool: Spool, at_once: int = 3) -> list[int]:
    """The numbers of all events, read and forgotten until nothing is left."""
    found = []
    while not spool.is_empty:
        events, upto = spool.read(at_once)
        found += [int(dict(event.headers)["ce_id"]) for event in events]
        spool.forget(upto)
    return found


def append(spool: Spool, *numbers: int) -> None:
    assert all(spool.append([[an_event(number)] for number in numbers]))


def test_what_was_kept_comes_back_as_it_was_and_in_order(tmp_path: Path) -> None:
    spool = Spool(tmp_path, VAULT, segment_bytes=500)
    kept = [[an_event(0), an_event(1, "p-2")], [an_event(2, text="Ä" * 300)], [an_event(3)]]
    assert spool.append(kept) == [True] * 3
    events, upto = spool.read(10)
    assert events == [event for events in kept for event in events]
    spool.forget(upto)
    assert spool.is_empty
    assert spool.held_bytes == 0
    assert not list(tmp_path.glob("*.spool"))
    spool.close()


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(st.one_of(st.integers(1, 4), st.sampled_from(["drain", "crash", "close"])), max_size=25),
    st.integers(100, 2000),
)
def test_whatever_happens_nothing_is_lost_and_the_order_stays(
    tmp_path_factory: pytest.TempPathFactory, steps: list[Any], segment_bytes: int
) -> None:
    folder = tmp_path_factory.mktemp("spool")
    spool = Spool(folder, VAULT, segment_bytes=segment_bytes)
    number, sent, unread = 0, [], 0
    for step in steps:
        if isinstance(step, int):
            append(spool, *range(number, number + step))
            number += step
        elif step == "drain":
            events, upto = spool.read(2)
            sent += [int(dict(event.headers)["ce_id"]) for event in events]
            spool.forget(upto)
        else:
            spool.close()  # a crash leaves the same files: `append` has returned, so all is on disk
            if step == "crash":
                (folder / "drained").unlink(missing_ok=True)
                unread += 1
            spool = Spool(folder, VAULT, segment_bytes=segment_bytes)
    sent += drained(spool)
    assert set(sent) == set(range(number))
    if not unread:
        assert sent == list(range(number))
    firsts = list(dict.fromkeys(sent))
    assert firsts == sorted(firsts)
    assert spool.held_bytes == 0
    spool.close()


@pytest.mark.parametrize("left", [b"\x00", b"\x00\x00\x01\x00", b"\x00\x00\x00\x40half of an entry"])
def test_what_a_crash_left_half_written_is_cut_off_and_the_rest_is_there(tmp_path: Path, left: bytes) -> None:
    spool = Spool(tmp_path, VAULT)
    append(spool, 0, 1)
    spool.close()
    (segment,) = tmp_path.glob("*.spool")
    with segment.open("ab") as file:
        file.write(left)
    spool = Spool(tmp_path, VAULT)
    append(spool, 2)
    assert drained(spool) == [0, 1, 2]
    spool.close()


def test_a_damaged_entry_costs_itself_and_is_told(tmp_path: Path) -> None:
    spool = Spool(tmp_path, VAULT)
    append(spool, 0, 1, 2)
    spool.close()
    (segment,) = tmp_path.glob("*.spool")
    whole = bytearray(segment.read_bytes())
    whole[len(whole) // 2] ^= 1
    segment.write_bytes(whole)
    spool = Spool(tmp_path, VAULT)
    assert drained(spool) == [0, 2]
    assert spool.lost_entries == 1
    spool.close()


def test_a_full_spool_takes_no_more_and_keeps_what_it_has(tmp_path: Path) -> None:
    spool = Spool(tmp_path, VAULT, most_bytes=1000)
    taken = [spool.append([[an_event(number)]])[0] for number in range(20)]
    assert taken[0]
    assert not taken[-1]
    assert sum(path.stat().st_size for path in tmp_path.glob("*.spool")) <= 1100
    assert drained(spool) == list(range(sum(taken)))
    assert spool.append([[an_event()]]) == [True]
    spool.close()


def test_nothing_of_a_patient_can_be_read_on_disk(tmp_path: Path) -> None:
    spool = Spool(tmp_path, VAULT)
    spool.append([[an_event(0, "p-very-secret", "HEMOGLOBIN")]])
    spool.close()
    whole = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert b"very-secret" not in whole
    assert b"HEMOGLOBIN" not in whole


def test_a_spool_of_another_secret_is_not_thrown_away(tmp_path: Path) -> None:
    spool = Spool(tmp_path, VAULT)
    append(spool, 0)
    spool.close()
    with pytest.raises(SpoolError, match="was sealed with another secret"):
        Spool(tmp_path, Vault(b"another secret of sixteen bytes", "spool"))
    spool = Spool(tmp_path, VAULT)
    assert drained(spool) == [0]
    spool.close()


def test_two_gateways_do_not_share_a_spool(tmp_path: Path) -> None:
    spool = Spool(tmp_path, VAULT)
    with pytest.raises(SpoolError, match="another gateway uses the spool"):
        Spool(tmp_path, VAULT)
    spool.close()


def test_a_disk_that_fails_accepts_nothing_and_loses_nothing_of_before(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    spool = Spool(tmp_path, VAULT)
    append(spool, 0)

    def failing(_: int) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as broken:
        broken.setattr(os, "fsync", failing)
        with pytest.raises(OSError, match="No space left"):
            spool.append([[an_event(1)]])
    append(spool, 2)
    assert [number for number in drained(spool) if number != 1] == [0, 2]
    spool.close()


def test_every_message_is_on_disk_before_it_is_answered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    spool = Spool(tmp_path, VAULT)
    append(spool, 0)
    (segment,) = tmp_path.glob("*.spool")
    synced: list[int] = []
    monkeypatch.setattr(os, "fsync", lambda _: synced.append(segment.stat().st_size))
    append(spool, 1)
    assert synced == [segment.stat().st_size]
    spool.close()


def test_a_secret_too_short_to_seal_with_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "key"
    file.write_text("short")
    with pytest.raises(KeyFileError, match="16 bytes or more"):
        Vault.of(file, "spool")


def test_what_has_waited_says_for_how_long_and_keeps_its_own_time(tmp_path: Path) -> None:
    now_s = [1_000_000.0]
    spool = Spool(tmp_path, VAULT, clock=lambda: now_s[0])
    append(spool, 1)
    now_s[0] += 7200
    append(spool, 2)
    (late, fresh), _ = spool.read(10)
    assert dict(late.headers)[HELD_MS] == b"7200000"
    assert late.time == an_event(1).time
    assert late.value == an_event(1).value
    assert fresh == an_event(2)
    spool.close()


def test_a_spool_of_a_former_version_is_drained_without_saying_for_how_long_it_waited(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("stream.gateway.spool._KEPT_AT", "ce_former")
    spool = Spool(tmp_path, VAULT, clock=lambda: 0.0)
    append(spool, 1)
    monkeypatch.undo()
    (event,), _ = spool.read(1)
    assert HELD_MS not in dict(event.headers)
    spool.close()
