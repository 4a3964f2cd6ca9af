"""How a command ends when it can't go on: one clear sentence on the standard error, exit status 1."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NoReturn

import typer
from aiokafka.errors import KafkaConnectionError, KafkaError
from pydantic import ValidationError
from rich.console import Console

from stream.settings import Settings


class Refusal(Exception):  # noqa: N818 - a command refuses; nothing is broken
    """What a command says before it ends with status 1."""


@contextmanager
def one_sentence(settings: Settings | None = None) -> Iterator[None]:
    """Turn what can go wrong outside into a sentence; the broker's address comes from the settings."""
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)  # it says the same, and says it again and again
    try:
        yield
    except KafkaConnectionError:
        stop(f"no broker answers at {settings.broker if settings else 'that address'}; set WARDWATCH_BROKER")
    except KafkaError as error:
        stop(f"the broker refused: {type(error).__name__}")
    except Refusal as refusal:
        stop(str(refusal))
    except OSError as error:
        stop(f"{error.filename}: {error.strerror}" if error.filename else str(error))


def read_settings() -> Settings:
    """The settings of the environment; ends the command when one of them is wrong."""
    try:
        return Settings()
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        name = "_".join(["WARDWATCH", *(str(part).upper() for part in first["loc"])])
        stop(f"{name}: {first['msg']}" if first["loc"] else first["msg"])


def stop(sentence: str) -> NoReturn:
    """Say the sentence and end the command with status 1."""
    Console(stderr=True).print(sentence, style="red", markup=False, highlight=False, soft_wrap=True)
    raise typer.Exit(1)
