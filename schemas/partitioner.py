"""How a record's partition is chosen, which is a part of the contract: a patient's records must all lie in one."""

from typing import Final

PARTITIONER: Final = "murmur2"
"""The hash of the key, without its sign, modulo the number of partitions: what Kafka's Java client does by default."""

MOVED_FROM: Final = "x-moved-from"
"""On a record that a worker moved to the partition of its key: `partition/offset`, the time-stamp (ms since 1970), and
`topic id:leader epoch` of the place where it lay."""
