"""The headers of a dead letter. Its key and value are those of the record that could not be used, byte for byte.

A record too large for a letter is cut, and `CUT` headers give length and hash of what it was; whole, it lies in its
topic, at the offset that the letter names.

`__streams.errors.*`: KIP-1034 (Apache Kafka 4.2), UTF-8 text. The `x-` headers are ours.
"""

from typing import Final, Literal, get_args

Stage = Literal["decode", "validate", "state", "inference", "publish", "fetch"]
STAGES: Final[tuple[Stage, ...]] = get_args(Stage)

KIP: Final = "__streams.errors."

# fmt: off
HEADERS: Final[dict[str, str]] = {
    KIP + "exception":         "Class of the exception, or Refused where a check said no.",
    KIP + "message":           "What went wrong, in a sentence that quotes nothing of the record.",
    KIP + "stacktrace":        "Stack frames of Wardwatch's own code, without values; empty where a check said no.",
    KIP + "topic":             "Topic of the record.",
    KIP + "partition":         "Partition of the record.",
    KIP + "offset":            "Offset of the record in its partition.",
    "x-stage":                 f"Where it failed, one of: {', '.join(STAGES)}.",
    "x-attempt":               "How often the record was tried, over all replays.",
    "x-first-failure-ts":      "When the record first failed, ISO 8601 with a time zone.",
    "x-app-version":           "Version of Wardwatch that wrote the letter.",
    "x-original-timestamp-ms": "Kafka's time-stamp of the record, milliseconds since 1970 in UTC.",
    "x-original-headers":      "How many headers, counted from the first, are the record's own.",
}
"""Every dead letter has these headers, behind the record's own."""
# fmt: on

CUT: Final = "x-cut-"
"""Begins the headers of a letter whose record is not whole: `x-cut-value-bytes` and `x-cut-value-sha256` of the value
as it was, `x-cut-key-bytes` and `x-cut-key-sha256` of the key, `x-cut-headers` the number of headers left out."""

REPLAY_OF: Final = "x-replay-of"
"""On a replayed record, and on its dead letter if it fails again: `ce_id` of the letter that it was replayed from."""
