"""`wardwatch cds` says in one sentence why it can't begin, and lets nobody in by accident."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from stream import cli
from stream.access.certificates import issue
from tests.builders.cds_tokens import BASE, ISSUER, a_key_set

pytestmark = pytest.mark.usefixtures("key")


def said(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    with pytest.raises(SystemExit) as ended:
        cli.main(["cds", *arguments])
    assert ended.value.code == 1
    return capsys.readouterr().err


def test_who_may_call_has_to_be_said(capsys: pytest.CaptureFixture[str]) -> None:
    assert "say who may call: --trust ISSUER=KEYS, or --client-ca, or on this machine --no-jwt" in said(capsys)


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1", "cds.example"])  # noqa: S104 - refused
def test_beyond_this_machine_nobody_calls_without_a_token_or_certificate(
    host: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert "--no-jwt is for this machine itself" in said(capsys, "--host", host, "--no-jwt")


def test_beyond_this_machine_the_service_needs_a_certificate(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    trust = ("--trust", f"{ISSUER}={a_key_set(tmp_path)}", "--base-url", BASE)
    assert "the service needs a certificate" in said(capsys, "--host", "192.0.2.1", *trust)


def test_tokens_are_for_this_service_and_from_keys_that_can_be_read(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    trust = ("--trust", f"{ISSUER}={tmp_path / 'absent'}")
    assert "--trust needs --base-url" in said(capsys, *trust)
    assert "the set of keys can't be read" in said(capsys, *trust, "--base-url", BASE)
    assert "contradict each other" in said(capsys, *trust, "--base-url", BASE, "--no-jwt")
    assert "is not of the form A=B" in said(capsys, "--trust", "somebody", "--base-url", BASE)
    assert "no address of a web server" in said(capsys, *trust, "--base-url", "cds.example")
    swapped = ("--trust", f"{ISSUER}=http://ehr.example/jwks.json")
    assert "could be swapped on its way" in said(capsys, *swapped, "--base-url", BASE)
    (tmp_path / "keys").write_text("{}")
    empty = ("--trust", f"{ISSUER}={tmp_path / 'keys'}")
    assert "holds no public key with a name" in said(capsys, *empty, "--base-url", BASE)


@pytest.mark.parametrize("origin", ["*", "null", "ehr.example", "https://ehr.example/app", "https://*"])
def test_pages_that_may_call_are_named_by_their_origin(origin: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert "is no origin, such as" in said(capsys, "--no-jwt", "--origin", origin)


def test_a_certificate_that_is_none(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _, issued = issue(["localhost"], datetime.now(UTC))
    chain = tmp_path / "chain.pem"
    chain.write_bytes(issued["localhost"].certificate)
    assert "are no certificate and key" in said(capsys, "--no-jwt", "--certificate", str(chain))
