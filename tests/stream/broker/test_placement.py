"""A key belongs to the partition that Kafka's Java client would give it; where keys lie elsewhere, it is said which."""

import pytest

from stream.broker.placement import Keyed, Misplaced, misplaced, partition_of

# Hashes as UtilsTest.testMurmur2 of Apache Kafka has them.
HASHES = {
    b"21": -973932308,
    b"foobar": -790332482,
    b"a-little-bit-long-string": -985981536,
    b"a-little-bit-longer-string": -1486304829,
    b"lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8": -58897971,
    b"abc": 479470107,
}
PARTITIONS = 8
KEYS = [f"p-{number}".encode() for number in range(40)]


@pytest.mark.parametrize("key", HASHES)
@pytest.mark.parametrize("partitions", [1, 8, 12, 100])
def test_a_key_belongs_where_the_java_client_puts_it(key: bytes, partitions: int) -> None:
    assert partition_of(key, partitions) == (HASHES[key] & 0x7FFF_FFFF) % partitions


def lying(at: int, key: bytes, timestamp_ms: int = 0, topic: str = "vitals") -> Keyed:
    return Keyed(topic, at, PARTITIONS, key, timestamp_ms)


def test_keys_in_their_own_partitions_are_no_finding() -> None:
    assert list(misplaced([lying(partition_of(key, PARTITIONS), key) for key in KEYS])) == []


def test_misplaced_keys_are_counted_with_their_partitions_and_never_named() -> None:
    right = [lying(partition_of(key, PARTITIONS), key) for key in KEYS]
    strayed = [key for key in KEYS if partition_of(key, PARTITIONS) == 3][:2]
    wrong = [lying(7, strayed[0], 500), lying(7, strayed[0], 900), lying(5, strayed[1], 700)]
    labs = [lying(partition_of(KEYS[0], PARTITIONS), KEYS[0], topic="labs")]
    assert list(misplaced([*right, *wrong, *labs])) == [Misplaced("vitals", 2, len(KEYS), (5, 7), 900, None)]


def test_keys_that_were_right_before_partitions_were_added_are_told_apart() -> None:
    found = list(misplaced([lying(partition_of(key, 6), key) for key in KEYS]))
    assert found[0].before == 6


def test_one_key_that_may_lie_right_by_chance_is_not_taken_for_that() -> None:
    (key, *_) = (key for key in KEYS if partition_of(key, 6) != partition_of(key, PARTITIONS))
    (found,) = misplaced([lying(partition_of(key, 6), key)])
    assert found.before is None
