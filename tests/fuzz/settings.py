"""The door of the environment: what an operator sets, well or badly, secrets among it."""

import os
from contextlib import suppress
from typing import Final
from unittest.mock import patch

import typer

from stream.commands.refusal import read_settings
from stream.settings import PREFIX, Settings
from tests.fuzz.told import NAME, NUMBER, listening, nobody_named

_BETWEEN: Final = b"\x1e"
_UNSET: Final = {name: value for name, value in os.environ.items() if not name.upper().startswith(PREFIX)}

SEEDS = tuple(
    _BETWEEN.join(part.encode() for pair in pairs for part in pair)
    for pairs in (
        [("BROKER", "a:1,b:2"), ("REDIS_URL", f"redis://{NAME}@host"), ("ROLE", "watch")],
        [("RUN_RECORDS", "7"), ("STATE_TIMEOUT_S", "1e3"), ("WEB_PORT", "65536")],
        [("IMAGE_ROOTS", f'["/srv/{NAME}"'), ("IMAGE_HOSTS", '["a"]')],
        [("IMAGE_ROOTS", f'{{"{NUMBER}":1}}')],
        [("BROKER_PASSWORD_FILE", NAME), ("BROKER_PASWORD", NUMBER)],
        [("MEMORY_S", "nan"), ("DRAIN_S", "inf"), ("LOG_LEVEL", NUMBER)],
    )
)
WORDS = tuple(
    word.encode()
    for word in (
        *(name.upper() for name in Settings.model_fields),
        *("\x1e", "[", "]", "{", '"', "null", "nan", "-1", "1e999", "true", "redis://", "rediss://", "@", NAME, "²"),
    )
)


def one(data: bytes) -> None:
    """Names and values of variables.

    They are settings, or the command ends with status 1 and a sentence; what a variable held is in no sentence.
    """
    parts = [part.replace(b"\0", b"").decode("utf-8", "surrogateescape") for part in data.split(_BETWEEN)]
    named = {PREFIX + name.replace("=", ""): value for name, value in zip(parts[::2], parts[1::2], strict=False)}
    told: list[str] = []
    with (
        listening(),
        patch.dict(os.environ, _UNSET | named, clear=True),
        patch("stream.commands.refusal._say", lambda sentence, _: told.append(sentence)),
    ):
        settings = None
        with suppress(typer.Exit):
            settings = read_settings()
    assert told or settings is not None
    assert settings is None or settings.run_records > 0
    names = " ".join(named).casefold()
    nobody_named(*(sentence for sentence in told if NAME not in names and NUMBER not in names))
