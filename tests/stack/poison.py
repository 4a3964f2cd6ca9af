"""Records that ended a worker once, sent by librdkafka, which packs and sends what aiokafka would refuse to."""

from collections.abc import Callable
from typing import Any, Final

from confluent_kafka import Producer

CODECS: Final = ("gzip", "snappy", "lz4", "zstd")
LARGEST: Final = 100 * 2**20
KEY: Final = b"nobody"


def produce(broker: str, codec: str, send: Callable[[Any], None], **more: object) -> None:
    """Send with a producer of its own, in one go, and wait for the broker's word."""
    producer = Producer(
        {"bootstrap.servers": broker, "compression.codec": codec, "message.max.bytes": LARGEST, "linger.ms": 50} | more
    )
    send(producer)
    assert producer.flush(60) == 0


def send_poison(broker: str) -> int:
    """Every kind of record that ended a worker once; how many there are."""

    def garbage(producer: Any) -> None:  # noqa: ANN401 - librdkafka's
        producer.produce("vitals", b"\xff" * 1_030_000, key=KEY)  # its letter would be larger than a producer takes
        producer.produce("vitals", None, partition=0)  # neither key nor value
        producer.produce("vitals", b"{", key=KEY, headers=[("x-attempt", None), ("x-first-failure-ts", b"\xff")])
        producer.produce("vitals", b"{", key=b"k" * 500_000, headers=[("h", b"h" * 500_000)])

    def bombs(producer: Any) -> None:  # noqa: ANN401 - as above
        producer.produce("vitals", bytes(60 * 2**20), key=KEY)

    produce(broker, "none", garbage)
    produce(broker, "gzip", bombs)
    for codec in CODECS:
        produce(broker, codec, lambda producer: producer.produce("vitals", bytes(5 * 2**20), key=KEY))
    return 5 + len(CODECS)
