"""The connection to Redis, and how its absence is told."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any

from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import RedisError

from stream.settings import Settings, secret


class StateUnavailableError(Exception):
    """Redis does not answer, or not in time."""


@contextmanager
def redis_errors_translated() -> Iterator[None]:
    """Raise StateUnavailableError for every way in which Redis can fail to answer, without a word of what was asked."""
    try:
        yield
    except (RedisError, OSError, TimeoutError) as error:
        raise StateUnavailableError(type(error).__name__) from error


@asynccontextmanager
async def redis_client(settings: Settings) -> AsyncIterator[Redis]:
    """A client with the settings' time limit and secrets; connects on first use."""
    password = secret(settings.redis_password_file)
    tls: dict[str, Any] = {"ssl_ca_certs": str(settings.redis_ca_file)} if settings.redis_ca_file else {}
    client: Redis = Redis.from_url(
        settings.redis_url,
        username=settings.redis_user,
        password=password.get_secret_value() if password else None,
        socket_timeout=settings.state_timeout_s,
        socket_connect_timeout=settings.state_timeout_s,
        # Of several connections each learns by itself that Redis was away: once more at once, or each would be a new
        # absence. Not after a time limit, which would then last twice as long
        retry=Retry(NoBackoff(), 1, supported_errors=(RedisConnectionError,)),
        **tls,
    )
    try:
        yield client
    finally:
        await client.aclose()
