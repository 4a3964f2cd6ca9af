"""Settings: a variable that looks like one and is none is told, by name and with what was probably meant."""

import re
from pathlib import Path
from typing import Final

import pytest
from pydantic import ValidationError

from stream.settings import PREFIX, Settings, unknown_settings

ROOT: Final = Path(__file__).parents[2]
ODD: Final = ROOT / "tests" / "fuzz" / "found"
"""Bytes that broke a door: no words."""
OURS: Final = ("schemas", "models", "stream", "tests", "deploy", ".ci", "Makefile", "README.md", "docker-compose.yml")


@pytest.mark.parametrize(
    ("mistyped", "meant"),
    [
        ("BROKR", "BROKER"),
        ("BROKER_PASSWORD", "BROKER_PASSWORD_FILE"),
        ("REDIS", "REDIS_URL"),
        ("SILENT_BEDS", "SILENT_BED_S"),
        ("LOGLEVEL", "LOG_LEVEL"),
        ("brokr", "BROKER"),
    ],
)
def test_a_mistyped_setting_is_told_with_the_one_that_was_meant(mistyped: str, meant: str) -> None:
    (unknown,) = unknown_settings([PREFIX + mistyped])
    assert (unknown.name, unknown.nearest) == (PREFIX + mistyped, PREFIX + meant)
    sentence = f"{PREFIX}{mistyped} is not a setting and has no effect; did you mean {PREFIX}{meant}?"
    assert str(unknown) == sentence


def test_what_is_like_no_setting_is_told_without_a_guess() -> None:
    (unknown,) = unknown_settings([PREFIX + "XYZZY"])
    assert str(unknown) == f"{PREFIX}XYZZY is not a setting and has no effect"


@pytest.mark.parametrize("spelt", [str.upper, str.lower])
def test_every_setting_is_known_however_it_is_spelt(spelt: type[str]) -> None:
    assert not list(unknown_settings([spelt(PREFIX + field) for field in Settings.model_fields]))


def test_variables_of_others_are_none_of_our_business() -> None:
    assert not list(unknown_settings(["PATH", "WARD_BROKR", "MY_WARDWATCH_BROKR"]))


def test_every_variable_that_our_own_files_name_is_known() -> None:
    named: set[str] = set()
    for path in (file for part in OURS for file in (ROOT / part, *(ROOT / part).rglob("*")) if file.is_file()):
        if ODD in path.parents:
            continue
        if path.suffix in {"", ".py", ".sh", ".md", ".yml"} or path.name == "Dockerfile":
            named |= set(re.findall(rf"\b{PREFIX}[A-Z0-9_]*[A-Z0-9]\b", path.read_text(encoding="utf-8")))
    assert {"WARDWATCH_BROKER", "WARDWATCH_CACHE", "WARDWATCH_SECRETS", "WARDWATCH_REQUIRE_KAFKA"} <= named
    assert not list(unknown_settings(named))


@pytest.mark.parametrize(
    ("conditions", "why"), [('["shock_index"]', "did you mean shock-index"), ('["asystole"]', "always sounds")]
)
def test_who_turns_off_what_is_no_condition_or_always_sounds_is_told_at_the_start(
    monkeypatch: pytest.MonkeyPatch, conditions: str, why: str
) -> None:
    monkeypatch.setenv("WARDWATCH_CONDITIONS_OFF", conditions)
    with pytest.raises(ValidationError, match=why):
        Settings()
    monkeypatch.setenv("WARDWATCH_CONDITIONS_OFF", '["shock-index", "etco2-low"]')
    assert Settings().conditions_off == ("shock-index", "etco2-low")
