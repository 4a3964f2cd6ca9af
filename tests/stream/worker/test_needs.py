"""What a worker can't start without is told at once where no waiting mends it."""

from pathlib import Path

import pytest

from stream.settings import Settings
from stream.worker.life import work


async def test_a_file_of_the_connection_that_is_not_there_is_named_at_once(tmp_path: Path) -> None:
    settings = Settings(broker="127.0.0.1:1", broker_ca_file=tmp_path / "ca.pem")
    with pytest.raises(FileNotFoundError) as refused:
        await work(settings, "watch")
    assert refused.value.filename == str(settings.broker_ca_file)


async def test_a_password_file_that_is_not_there_is_named_at_once(tmp_path: Path) -> None:
    missing = tmp_path / "password"
    settings = Settings(broker="127.0.0.1:1", broker_user="watch", broker_password_file=missing)
    with pytest.raises(FileNotFoundError) as refused:
        await work(settings, "watch")
    assert refused.value.filename == str(missing)
