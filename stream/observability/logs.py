"""Structured logs: one JSON object per line on standard error, without patient data."""

import logging
import os
import sys
from typing import Any, Final

import structlog

from stream.settings import unknown_settings

OWN: Final = ("schemas", "models", "stream")
FAUST_LOGGERS: Final = ("stream.delivery.app", "stream.delivery.transport")
"""Names under which Faust logs, since it uses the modules of our subclasses."""
_MESSAGE_FIELDS: Final = {"exc_value", "exc_notes", "syntax_error"}


def _without_messages(exc_info: structlog.typing.ExcInfo) -> list[dict[str, Any]]:
    """Return type and position of an exception without its message, which may contain input."""
    exceptions: list[dict[str, Any]] = structlog.tracebacks.ExceptionDictTransformer(show_locals=False)(exc_info)
    return [_silenced(one) for one in exceptions]


def _silenced(one: dict[str, Any]) -> dict[str, Any]:
    kept = {name: said for name, said in one.items() if name not in _MESSAGE_FIELDS}
    return kept | {"exceptions": [[_silenced(part) for part in chain] for chain in one["exceptions"]]}  # of a group


def configure(level: str) -> None:
    """Send our own log and the libraries' through one pipeline; libraries log from `warning` on."""
    shared: list[structlog.typing.Processor] = [
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.ExceptionRenderer(_without_messages),
                structlog.processors.JSONRenderer(),
            ],
        )
    )
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)
    for name in OWN:
        logging.getLogger(name).setLevel(level.upper())
    for name in FAUST_LOGGERS:
        logging.getLogger(name).setLevel(logging.WARNING)
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *shared,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
    )


def log_unknown_settings() -> None:
    """Log a warning for each environment variable that is named like a setting but is none, without its value."""
    for unknown in unknown_settings(os.environ):
        structlog.get_logger(__name__).warning("unknown-setting", setting=unknown.name, nearest=unknown.nearest)
