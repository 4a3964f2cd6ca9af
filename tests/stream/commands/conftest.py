"""What tests of several commands begin with."""

from pathlib import Path

import pytest


@pytest.fixture
def key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The file of an identity key, named in the environment; the broker there is none."""
    file = tmp_path / "identity.key"
    file.write_text("a key of sixteen bytes or more")
    monkeypatch.setenv("WARDWATCH_IDENTITY_KEY_FILE", str(file))
    monkeypatch.setenv("WARDWATCH_BROKER", "127.0.0.1:1")
    return file
