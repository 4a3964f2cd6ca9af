"""What must hold of every dead letter, whatever it is about."""

import hashlib

from schemas.dead_letters import CUT, STAGES
from stream.delivery.cut import MOST_BYTES
from stream.delivery.dead_letters import Failure, replayed
from stream.delivery.decode import Refused
from stream.delivery.outputs import letter
from stream.delivery.records import SetAside
from tests.fuzz.told import nobody_named

_OURS_BYTES = 8_000  # what we write into a letter beside the record


def checked_letter(refused: Refused, most_bytes: int = MOST_BYTES) -> Failure:
    """Write the letter of a record; raises AssertionError where it is not what a reader counts on."""
    record = refused.record
    out = letter(refused, most_bytes=most_bytes)
    headers = [(name, value) for name, value in out.headers]
    size = len(out.key or b"") + len(out.value or b"")
    size += sum(len(name.encode("utf-8", "surrogatepass")) + len(value) for name, value in headers)
    assert size <= most_bytes + _OURS_BYTES, "a letter larger than it may be"
    assert out.key is not None or out.value is not None, "a letter of nothing"
    failure = Failure.read(headers)
    assert (failure.topic, failure.partition, failure.offset) == (record.topic, record.partition, record.offset)
    assert failure.stage in STAGES
    told = headers[len(failure.headers) :]
    nobody_named(*(value.decode() for name, value in told if name != "x-replay-of"))
    cut = dict(told)
    is_batch = isinstance(record, SetAside) and record.value is None
    if CUT + "value-bytes" not in cut:
        assert (out.value or b"") == (record.value or b""), "the record's value is not in its letter"
    elif not is_batch:
        assert cut[CUT + "value-sha256"].decode() == hashlib.sha256(record.value or b"").hexdigest()
        assert (record.value or b"").startswith(out.value or b"")
    assert Failure.read([*failure.headers, *told]) == failure
    assert len(replayed(failure)) == len(failure.headers) + 3
    return failure
