"""`wardwatch gateway fhir` says in one sentence why it can't begin, and lets nobody in by accident."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from stream import cli
from stream.access.certificates import issue


def said(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    with pytest.raises(SystemExit) as ended:
        cli.main(["gateway", "fhir", *arguments])
    assert ended.value.code == 1
    return capsys.readouterr().err


def test_without_a_key_patients_would_change_their_names(capsys: pytest.CaptureFixture[str]) -> None:
    assert "set WARDWATCH_IDENTITY_KEY_FILE" in said(capsys)


@pytest.mark.usefixtures("key")
@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1", "gateway.example"])  # noqa: S104 - refused
def test_beyond_this_machine_nobody_is_let_in_without_a_token_or_certificate(
    host: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert "senders need a bearer token" in said(capsys, "--host", host)


@pytest.mark.usefixtures("key")
@pytest.mark.parametrize("host", ["127.0.0.1", "::1", "localhost"])
def test_on_this_machine_the_door_opens_without(host: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert "no broker answers at 127.0.0.1:1" in said(capsys, "--host", host)


def test_beyond_this_machine_a_token_needs_tls(key: Path, capsys: pytest.CaptureFixture[str]) -> None:
    tokens = key.with_name("tokens")
    tokens.write_text("a-token-of-sixteen\n")
    options = ("--host", "192.0.2.1", "--token-file", str(tokens))
    assert "the gateway needs a certificate" in said(capsys, *options)
    _, issued = issue(["localhost"], datetime.now(UTC))
    chain = key.with_name("chain.pem")
    chain.write_bytes(issued["localhost"].key + issued["localhost"].certificate)
    assert "no broker answers" in said(capsys, *options, "--certificate", str(chain))


@pytest.mark.parametrize("content", ["", "\n\n", "short", "a-token-of-sixteen\nshort"])
def test_a_token_that_is_none_or_could_be_guessed(content: str, key: Path, capsys: pytest.CaptureFixture[str]) -> None:
    tokens = key.with_name("tokens")
    tokens.write_text(content)
    assert "holds no token, or one of fewer than 16 characters" in said(capsys, "--token-file", str(tokens))


@pytest.mark.usefixtures("key")
@pytest.mark.parametrize("base", ["ftp://ehr.example/r4", "http://user:word@ehr.example/r4", "ehr.example"])
def test_a_server_to_ask_that_is_no_address(base: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert "no http or https URL" in said(capsys, "--base", base)


def test_a_token_for_the_server_to_ask_goes_out_by_tls_alone(key: Path, capsys: pytest.CaptureFixture[str]) -> None:
    options = ("--base-token-file", str(key), "--base")
    assert "needs an https address" in said(capsys, *options, "http://ehr.example/r4")
    assert "no broker answers" in said(capsys, *options, "https://ehr.example/r4")
    assert "no broker answers" in said(capsys, *options, "http://127.0.0.1:9/r4")


def test_what_is_read_from_a_server_needs_a_mark(key: Path, capsys: pytest.CaptureFixture[str]) -> None:
    marks = key.with_name("marks")
    options = ("--pull", "http://127.0.0.1:9/r4")
    assert "--pull and --marks belong together" in said(capsys, *options)
    assert "--pull and --marks belong together" in said(capsys, "--marks", str(marks))
    assert "only one may be asked" in said(capsys, *options, "--marks", str(marks), "--base", "http://127.0.0.1:9/r5")
    assert "no broker answers" in said(capsys, *options, "--marks", str(marks))
    marks.write_text("[]")
    assert "holds no marks" in said(capsys, *options, "--marks", str(marks))
