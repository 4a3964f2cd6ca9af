"""One JSON object a line; libraries are heard from `warning` on; nothing of what an exception carries."""

import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest
import structlog

from stream.observability import logs

SECRET = "Jane-Doe-1961"  # noqa: S105 - it stands for patient data


@pytest.fixture(autouse=True)
def as_it_was() -> Iterator[None]:
    """Put the process-wide configuration back."""
    root, levels = logging.getLogger(), {name: logging.getLogger(name).level for name in logs.OWN}
    handlers, level = list(root.handlers), root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    for name, before in levels.items():
        logging.getLogger(name).setLevel(before)
    logging.getLogger("stream.delivery.transport").setLevel(logging.NOTSET)
    structlog.reset_defaults()


@pytest.fixture
def said(capsys: pytest.CaptureFixture[str]) -> "Said":
    return Said(capsys)


class Said:
    """What came on standard error, all of it."""

    def __init__(self, capsys: pytest.CaptureFixture[str]) -> None:
        self._capsys = capsys
        self.text = ""

    def lines(self) -> list[dict[str, Any]]:
        self.text += self._capsys.readouterr().err
        return [json.loads(line) for line in self.text.splitlines()]


def test_each_event_is_one_line_of_json_with_time_level_and_place(said: Said) -> None:
    logs.configure("info")
    structlog.get_logger("stream.worker.life").info("ready", role="watch")
    (line,) = said.lines()
    assert line.pop("timestamp").endswith("Z")
    assert line == {"event": "ready", "level": "info", "logger": "stream.worker.life", "role": "watch"}


@pytest.mark.parametrize(
    ("level", "heard"),
    [("debug", ["debug", "info", "warning"]), ("info", ["info", "warning"]), ("warning", ["warning"])],
)
def test_our_own_log_is_heard_from_the_level_that_was_asked_for(said: Said, level: str, heard: list[str]) -> None:
    logs.configure(level)
    log = structlog.get_logger("stream.worker.life")
    log.debug("d")
    log.info("i")
    log.warning("w")
    assert [line["level"] for line in said.lines()] == heard


def test_libraries_are_heard_from_warning_on_and_in_the_same_form(said: Said) -> None:
    logs.configure("debug")
    for name in ("faust.app", "stream.delivery.transport"):
        logging.getLogger(name).info("a record %s", SECRET)
        logging.getLogger(name).warning("slow")
    assert [(line["event"], line["logger"]) for line in said.lines()] == [
        ("slow", "faust.app"),
        ("slow", "stream.delivery.transport"),
    ]


@pytest.mark.parametrize("name", ["stream.watch.handler", "faust.agents"])
def test_an_exception_is_told_by_class_and_place_and_not_in_its_own_words(said: Said, name: str) -> None:
    logs.configure("info")
    try:
        try:
            dict[str, str]()[SECRET]
        except KeyError as error:
            error.add_note(SECRET)
            raise ValueError(SECRET) from error
    except ValueError:
        if name.startswith("stream"):
            structlog.get_logger(name).exception("record-broke-the-work")
        else:
            logging.getLogger(name).exception("agent crashed")
    (line,) = said.lines()
    assert [one["exc_type"] for one in line["exception"]] == ["ValueError", "KeyError"]
    assert line["exception"][0]["frames"][-1]["name"].startswith("test_an_exception")
    assert SECRET not in said.text


def test_nor_do_the_parts_of_a_group_of_exceptions_speak(said: Said) -> None:
    logs.configure("info")
    try:
        raise ExceptionGroup(SECRET, [ValueError(SECRET), ExceptionGroup(SECRET, [KeyError(SECRET)])])  # noqa: TRY301 - for its traceback
    except ExceptionGroup:
        structlog.get_logger("stream.worker.life").exception("failed")
    (line,) = said.lines()
    assert line["exception"][0]["exceptions"][0][0]["exc_type"] == "ValueError"
    assert SECRET not in said.text
