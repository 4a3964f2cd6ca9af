"""How Redis is reached: by whom, for how long it is waited for, and by whose certificate it is believed."""

from pathlib import Path

from stream.settings import Settings
from stream.state.client import redis_client


async def test_redis_is_reached_by_the_name_and_word_of_the_settings_and_only_where_its_certificate_is_known(
    tmp_path: Path,
) -> None:
    (tmp_path / "password").write_text("a word\n", encoding="utf-8")
    settings = Settings(
        redis_url="rediss://127.0.0.1:1/0",
        redis_user="watch",
        redis_password_file=tmp_path / "password",
        redis_ca_file=tmp_path / "ca.pem",
        state_timeout_s=0.7,
    )
    async with redis_client(settings) as client:
        how = client.connection_pool.connection_kwargs
    assert (how["username"], how["password"], how["ssl_ca_certs"]) == ("watch", "a word", str(tmp_path / "ca.pem"))
    assert (how["socket_timeout"], how["socket_connect_timeout"]) == (0.7, 0.7)


async def test_without_settings_of_its_own_redis_is_reached_as_its_address_says() -> None:
    async with redis_client(Settings(redis_url="redis://127.0.0.1:1/0")) as client:
        how = client.connection_pool.connection_kwargs
    assert (how["username"], how["password"]) == (None, None)
    assert "ssl_ca_certs" not in how
