"""`wardwatch gateway hl7` says in one sentence why it can't begin."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from stream import cli
from stream.access.certificates import issue
from stream.settings import PREFIX


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


def test_an_authority_of_senders_that_is_none_or_without_tls(key: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert "--client-ca needs --certificate" in said(capsys, "--client-ca", str(key))
    _, issued = issue(["localhost"], datetime.now(UTC))
    chain = key.with_name("chain.pem")
    chain.write_bytes(issued["localhost"].key + issued["localhost"].certificate)
    options = ("--certificate", str(chain), "--client-ca")
    assert "holds no certificate in PEM" in said(capsys, *options, str(key))
    assert "can't be read" in said(capsys, *options, str(key.with_name("absent")))


@pytest.mark.usefixtures("key")
def test_a_broker_that_does_not_answer(capsys: pytest.CaptureFixture[str]) -> None:
    assert "no broker answers at 127.0.0.1:1" in said(capsys)


def test_the_log_tells_of_a_variable_that_is_no_setting_and_not_its_value(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv(f"{PREFIX}IDENTITY_KEYFILE", "hunter2")
    told, refused = said(capsys).splitlines()
    line = json.loads(told)
    assert (line["event"], line["level"]) == ("unknown-setting", "warning")
    assert (line["setting"], line["nearest"]) == (f"{PREFIX}IDENTITY_KEYFILE", "WARDWATCH_IDENTITY_KEY_FILE")
    assert "hunter2" not in told + refused
