"""Credentials come from a file that says which kind they are."""

from pathlib import Path

import pytest

from stream.access.credentials import CredentialsError, credentials


@pytest.mark.parametrize(
    ("said", "value"),
    [
        ("Bearer opensesame\n", "Bearer opensesame"),
        ("bearer  opensesame", "Bearer opensesame"),
        ("Basic Aladdin:open sesame", "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=="),  # RFC 7617, section 2
        ("Basic test:123\u00a3", "Basic dGVzdDoxMjPCow=="),  # RFC 7617, section 2.1
    ],
)
def test_a_file_holds_a_bearers_token_or_a_user_and_a_password(tmp_path: Path, said: str, value: str) -> None:
    (tmp_path / "secret").write_text(said, encoding="utf-8")
    known = credentials({"pacs.example": tmp_path / "secret"})
    assert known["pacs.example"].get_secret_value() == value
    assert value not in repr(known)


@pytest.mark.parametrize("said", [b"", b"opensesame", b"Bearer", b"Bearer a\r\nX: y", b"Basic opensesame", b"\xff"])
def test_what_says_neither_is_told_without_its_words(tmp_path: Path, said: bytes) -> None:
    (tmp_path / "secret").write_bytes(said)
    with pytest.raises(CredentialsError, match="says neither") as told:
        credentials({"pacs.example": tmp_path / "secret"})
    assert "opensesame" not in str(told.value)
