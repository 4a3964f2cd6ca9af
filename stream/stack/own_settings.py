"""Settings for a stack that we start ourselves, independent of the environment's settings for another stack."""

import shutil
from collections.abc import Mapping, Sequence
from typing import Any, Final

from stream.settings import Settings

_NOT_OURS: Final = (
    "broker_ca_file",
    "broker_user",
    "broker_password_file",
    "redis_ca_file",
    "redis_user",
    "redis_password_file",
)
"""Settings for the access to another stack, which are ignored: our own has neither TLS nor users."""


def own_settings(**ours: Any) -> Settings:
    """Return settings with these values, without secrets; all others are read from the environment."""
    return Settings(**dict.fromkeys(_NOT_OURS), **ours)


def with_own_settings(ours: Mapping[str, str], command: Sequence[str]) -> list[str]:
    """Return a command line that runs a command with these settings (by field), without another stack's secrets."""
    env = shutil.which("env") or "/usr/bin/env"
    less = [part for field in _NOT_OURS for part in ("-u", _variable(field))]
    return [env, *less, *(f"{_variable(field)}={value}" for field, value in ours.items()), *command]


def _variable(field: str) -> str:
    return f"WARDWATCH_{field.upper()}"
