"""How a command reports an error of its environment: one sentence on standard error, exit status 1."""

import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NoReturn

import typer
from pydantic import ValidationError
from pydantic_settings import SettingsError
from rich.console import Console

from stream.settings import PREFIX, Settings, unknown_settings


class Refusal(Exception):  # noqa: N818 - an expected result, not a fault
    """An error that ends a command with a sentence and status 1."""


@contextmanager
def one_sentence(settings: Settings | None = None) -> Iterator[None]:
    """Turn what can go wrong outside into a sentence; the broker's address comes from the settings."""
    from aiokafka.errors import KafkaConnectionError, KafkaError

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


def read_settings(*, warn: bool = True) -> Settings:
    """Return the settings of the environment; end the command when one of them is invalid.

    Warns of each variable that is named like a setting but is none. A program that logs in JSON has its log do that
    (`warn=False`; stream/observability/logs.py).
    """
    try:
        settings = Settings()
    except ValidationError as error:
        warn_of_unknown_settings()  # what is missed may be there, under a mistyped name
        first = error.errors(include_input=False, include_url=False)[0]
        name = "_".join(["WARDWATCH", *(str(part).upper() for part in first["loc"])])
        stop(f"{name}: {first['msg']}" if first["loc"] else first["msg"])
    except SettingsError as error:  # a list that is no JSON; its words name the field, and quote nothing
        _, field, *_ = str(error).split('"')
        stop(f'{PREFIX}{field.upper()}: a list is written in JSON, like ["a", "b"]')
    if warn:
        warn_of_unknown_settings()
    return settings


def warn_of_unknown_settings() -> None:
    """Tell of each variable that is named like a setting and is none."""
    for unknown in unknown_settings(os.environ):
        _say(str(unknown), "yellow")


def stop(sentence: str) -> NoReturn:
    """Print the sentence and end the command with status 1."""
    _say(sentence, "red")
    raise typer.Exit(1)


def _say(sentence: str, style: str) -> None:
    Console(stderr=True).print(sentence, style=style, markup=False, highlight=False, soft_wrap=True)
