"""Which partition a key belongs to: murmur2, as Kafka's Java client and aiokafka choose. Pure."""

from functools import lru_cache

from aiokafka.partitioner import murmur2


@lru_cache(maxsize=65_536)  # of each patient again and again, and made in plain Python
def _hash(key: bytes) -> int:
    return int(murmur2(key)) & 0x7FFF_FFFF


def partition_of(key: bytes, partitions: int) -> int:
    """The partition of a key in a topic with so many partitions."""
    return _hash(key) % partitions
