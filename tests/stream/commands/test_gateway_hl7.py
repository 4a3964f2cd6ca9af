"""`wardwatch gateway hl7` says in one sentence why it can't begin."""

from pathlib import Path

import pytest

from stream import cli


@pytest.fixture
def key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    file = tmp_path / "identity.key"
    file.write_text("a key of sixteen bytes or more")
    monkeypatch.setenv("WARDWATCH_IDENTITY_KEY_FILE", str(file))
    monkeypatch.setenv("WARDWATCH_BROKER", "127.0.0.1:1")
    return file


def said(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    with pytest.raises(SystemExit) as ended:
        cli.main(["gateway", "hl7", *arguments])
    assert ended.value.code == 1
    return capsys.readouterr().err


def test_without_a_key_patients_would_change_their_names(capsys: pytest.CaptureFixture[str]) -> None:
    assert "set WARDWATCH_IDENTITY_KEY_FILE" in said(capsys)


@pytest.mark.usefixtures("key")
def test_a_zone_that_is_none(capsys: pytest.CaptureFixture[str]) -> None:
    assert "there is no time zone 'Mars/Dune'" in said(capsys, "--zone", "Mars/Dune")


def test_a_certificate_that_is_none_or_not_there(key: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert "are no certificate and key in PEM" in said(capsys, "--certificate", str(key))
    assert "can't be read" in said(capsys, "--certificate", str(key.with_name("absent")))


@pytest.mark.usefixtures("key")
def test_a_broker_that_does_not_answer(capsys: pytest.CaptureFixture[str]) -> None:
    assert "no broker answers at 127.0.0.1:1" in said(capsys)
