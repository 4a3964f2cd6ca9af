"""The door of sender profiles: TOML files that a site writes."""

import os
from importlib import resources
from pathlib import Path
from tempfile import gettempdir
from typing import Final

from stream.gateway.profile import Profile, ProfileError, load
from tests.fuzz.told import listening

_FILE: Final = Path(gettempdir()) / f"wardwatch-fuzz-{os.getpid()}.toml"  # tests may run beside each other
_SHIPPED: Final = resources.files("stream.gateway") / "profiles"

SEEDS = (
    *(path.read_bytes()[:3000] for path in sorted(_SHIPPED.iterdir(), key=str) if path.name.endswith(".toml")),
    b'name = "a"\nextends = ["pcd-01"]\nzone = "Europe/Berlin"\n',
    f'name = "a"\nextends = ["{_FILE.name}"]\n'.encode(),
    b'name = "a"\nzone = ' + b"[" * 3000,
    b'name = "a"\nzone = ' + b"9" * 4400,
)
WORDS = (
    *(
        b"[[codes]]\n",
        b"[[units]]\n",
        b"[answers]\n",
        b"[flags]\n",
        b"[words]\n",
        b"extends = [",
        b"zone = ",
        b"charset = ",
    ),
    *(b'code = "', b'system = "', b'means = "', b"names = [", b"source = ", b"recognise = [{", b"}]", b'"""', b"'''"),
    *(
        b"off_values = [",
        b"nan",
        b"inf",
        b"1e999",
        b"0x",
        b"1979-05-27T07:32:00Z",
        b"\\u0000",
        b"\xff",
        b"[" * 50,
        b"../",
    ),
    *(b'"loinc"', b'"/etc/passwd"', b"a.b.c = 1\n", b'"\\ud800"', b"9" * 64),
)


def one(data: bytes) -> None:
    """A profile's file.

    It is a profile, or refused by one sentence that names the file.
    """
    _FILE.write_bytes(data)
    with listening():
        sentence, profile = _read()
    assert profile is not None or sentence.startswith(str(_FILE.parent)), sentence
    assert profile is None or profile.name


def _read() -> tuple[str, Profile | None]:
    try:
        return "", load(_FILE)
    except ProfileError as error:
        return str(error), None
    finally:
        _FILE.unlink()
