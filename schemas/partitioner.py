"""How a record's partition is chosen, which is a part of the contract: a patient's records must all lie in one."""

from typing import Final

PARTITIONER: Final = "murmur2"
"""The hash of the key, its sign bit cleared, modulo the number of partitions: the default of Kafka's Java client."""

SETTING: Final = "librdkafka (confluent-kafka, node-rdkafka) needs `partitioner=murmur2_random`"
"""For whoever has the one default that is met most and differs."""

# Defaults as the clients' own documentation and sources have them: CONFIGURATION.md of librdkafka, the migration guide
# to version 2.0.0 of KafkaJS, partitioner.go of franz-go and of sarama, balancer.go of kafka-go.
CLIENTS: Final[dict[str, str]] = {
    "Java, Spring, Kafka Connect, aiokafka, kafka-python": "as they come",
    "librdkafka: confluent-kafka for Python, Go, .NET and JavaScript, node-rdkafka, php-rdkafka, rust-rdkafka": (
        "`partitioner=murmur2_random`; its default `consistent_random` is CRC32"
    ),
    "KafkaJS 2": "as it comes; not with `Partitioners.LegacyPartitioner`",
    "KafkaJS 1": "`createPartitioner: Partitioners.JavaCompatiblePartitioner`; its default is another one",
    "franz-go": "as it comes",
    "kafka-go": "`Balancer: kafka.Murmur2Balancer{}`; its default is round robin",
    "sarama": (
        "`sarama.NewCustomPartitioner(sarama.WithAbsFirst(), sarama.WithCustomHashFunction(...))` with a murmur2 of "
        "Kafka's seed; its default is FNV-1a"
    ),
}
"""By client what to set."""

MOVED_FROM: Final = "x-moved-from"
"""On a record that a worker moved to the partition of its key: `partition/offset`, the time-stamp (ms since 1970), and
`topic id:leader epoch` of the place where it lay."""
