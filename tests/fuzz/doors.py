"""The doors: through which bytes from outside come in, how much one input may cost there, and who looks after them.

A door is a module of this room with SEEDS, inputs to begin from, WORDS, what inputs are made of, and `one`, which works
on an input and raises only where that is a fault of ours. Its docstring states what must hold.
"""

from collections.abc import Callable, Sequence
from importlib import import_module
from typing import Final, NamedTuple, Protocol, cast

OURS: Final = ("schemas", "models", "stream")


class Door(NamedTuple):
    """One door.

    most_bytes     of an input
    limit_s        processor time of one input; far above what is usual, since a machine may be busy
    limit_mib      so much more memory than any input before it one may take
    smoke          inputs in a test run
    instrumented   packages whose branches guide the search
    sandboxed      in production a process of its own: an input that ends that process is noted, and no fault
    """

    name: str
    text: str
    most_bytes: int
    smoke: int
    limit_s: float = 2.0
    limit_mib: int = 256
    instrumented: tuple[str, ...] = OURS
    sandboxed: bool = False


class DoorModule(Protocol):
    """What a door's module holds."""

    SEEDS: Sequence[bytes]
    WORDS: Sequence[bytes]
    one: Callable[[bytes], None]


# fmt: off
DOORS: Final = {door.name: door for door in (
    Door("vitals",   "frames and blocks of vital signs, from bytes to a stored state", 4096, 1500),
    Door("events",   "every other input of the watch role, from bytes to a stored state", 4096, 1500),
    Door("studies",  "announcements of images", 4096, 1500),
    Door("reports",  "pathology reports", 8192, 500),
    Door("genomes",  "genomes and tables of calls", 16384, 200, 5.0, 512, sandboxed=True),
    Door("batches",  "a fetch's batches in every codec", 4096, 1000, 2.0, 512, (*OURS, "aiokafka.record")),
    Door("letters",  "the maker of dead letters", 4096, 2000),
    Door("hl7",      "an HL7 connection, however its bytes are cut", 8192, 800),
    Door("fhir",     "requests to the FHIR gateway, whole and as lines", 8192, 800),
    Door("cds",      "calls of CDS Hooks and feedback on cards", 8192, 150),
    Door("dicom",    "DICOM files and their pixels", 65536, 400, 10.0, 1024, (*OURS, "pydicom"), sandboxed=True),
    Door("images",   "instances to be stored, also as parts of a body", 8192, 300, 5.0, 512, (*OURS, "pydicom")),
    Door("board",    "requests to the ward board", 4096, 600, instrumented=(*OURS, "aiohttp")),
    Door("stored",   "what lies in Redis", 8192, 800),
    Door("positions", "places in logs: commits, marks, and an operator's word", 512, 2000),
    Door("profiles", "HL7 sender profiles (TOML)", 8192, 800, instrumented=(*OURS, "tomllib")),
    Door("settings", "the environment", 1024, 800),
)}
# fmt: on


def module_of(door: Door) -> DoorModule:
    """Its module, imported when it is asked for: what guides the search must be there before."""
    return cast("DoorModule", import_module(f"tests.fuzz.{door.name}"))
