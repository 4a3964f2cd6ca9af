"""Structured logs: one JSON object a line on standard error, without patient data."""

import logging
import sys
import warnings

import structlog


def configure(level: str) -> None:
    """Send our own logs and those of the libraries through one door. Libraries only speak up about warnings."""
    number = getattr(logging, level.upper())
    shared: list[structlog.typing.Processor] = [
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[structlog.stdlib.add_logger_name, *shared],
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.ExceptionRenderer(
                    structlog.tracebacks.ExceptionDictTransformer(show_locals=False)
                ),
                structlog.processors.JSONRenderer(),
            ],
        )
    )
    logging.basicConfig(level=max(number, logging.WARNING), handlers=[handler], force=True)
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.make_filtering_bound_logger(number),
        logger_factory=lambda *_: _Own(handler),
    )
    logging.captureWarnings(capture=True)
    warnings.simplefilter("default")


class _Own:
    """Our own lines, which know their level already; written by the libraries' handler, so that lines never mix."""

    def __init__(self, handler: logging.Handler) -> None:
        self._handler = handler

    def msg(self, *args: object, **_: object) -> None:
        """Write one line; structlog hands over the event in the form of logging's arguments."""
        record = logging.LogRecord("wardwatch", logging.INFO, "", 0, args[0], (), None)
        self._handler.emit(record)

    debug = info = warning = error = exception = critical = msg
