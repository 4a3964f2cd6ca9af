"""The headers of a dead letter. Its value and key are those of the record that could not be used, byte for byte.

`__streams.errors.*`: KIP-1034 (Apache Kafka 4.2), UTF-8 text. The `x-` headers are ours.
"""

from typing import Final, Literal, get_args

Stage = Literal["decode", "validate", "state", "inference", "publish", "fetch"]
STAGES: Final[tuple[Stage, ...]] = get_args(Stage)

KIP: Final = "__streams.errors."

# fmt: off
HEADERS: Final[dict[str, str]] = {
    KIP + "exception":         "class of the exception, or Refused",
    KIP + "message":           "what went wrong, without anything of the record",
    KIP + "stacktrace":        "frames of Wardwatch's own code, without values",
    KIP + "topic":             "topic of the record",
    KIP + "partition":         "its partition",
    KIP + "offset":            "its offset",
    "x-stage":                 ", ".join(STAGES),
    "x-attempt":               "how often it was tried, over all replays",
    "x-first-failure-ts":      "when it first failed, ISO 8601",
    "x-app-version":           "Wardwatch's version",
    "x-original-timestamp-ms": "time-stamp of the record, milliseconds since 1970",
    "x-original-headers":      "how many of the headers, from the first, are the record's own",
}
"""Every letter has these, after the record's own headers."""
# fmt: on

REPLAY_OF: Final = "x-replay-of"
"""On a replayed record, and on its letter if it fails again: the id of the letter that it was replayed from."""
