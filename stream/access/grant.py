"""Bringing the broker's access rights into line with the table."""

import time
from collections.abc import Iterable
from typing import Final

from confluent_kafka import KafkaException
from confluent_kafka.admin import (
    AclBinding,
    AclBindingFilter,
    AclOperation,
    AclPermissionType,
    AdminClient,
    ResourcePatternType,
    ResourceType,
)

from stream.access.principals import Right
from stream.settings import Settings, secret

_PATIENCE_S: Final = 20.0


class GrantError(Exception):
    """The broker did not take the rights; the text carries its reason."""


def grant(settings: Settings, rights: Iterable[Right]) -> tuple[int, int]:
    """Give these rights to their principals and take every other right from them; return how many of each.

    When it returns, the broker that answers us acts on them.

    Rights of principals that are not in the table are left alone.

    Raises:
        GrantError: no broker answers, or it refuses.
        OSError: the password file can't be read.
    """
    wanted = {_binding(right) for right in rights}
    admin = AdminClient(_connection(settings))
    try:
        before = _held(admin, wanted)
        for answer in admin.create_acls(list(wanted - before)).values() if wanted - before else ():
            answer.result()
        for answer in admin.delete_acls([_only(b) for b in before - wanted]).values() if before - wanted else ():
            answer.result()
        deadline = time.monotonic() + _PATIENCE_S
        while _held(admin, wanted) != wanted:  # the controller has them; the broker learns of them a little later
            if time.monotonic() > deadline:
                msg = f"the broker at {settings.broker} took the access rights and does not show them"
                raise GrantError(msg)
            time.sleep(0.05)
    except KafkaException as error:
        msg = f"the broker at {settings.broker} did not take the access rights: {error.args[0].name()}"
        raise GrantError(msg) from None
    return len(wanted - before), len(before - wanted)


def _held(admin: AdminClient, wanted: set[AclBinding]) -> set[AclBinding]:
    """What the principals of the table hold now."""
    ours = {binding.principal for binding in wanted}
    every = AclBindingFilter(
        ResourceType.ANY, None, ResourcePatternType.ANY, None, None, AclOperation.ANY, AclPermissionType.ANY
    )
    answer = admin.describe_acls(every, request_timeout=_PATIENCE_S).result()
    return {binding for binding in answer if binding.principal in ours}


def _binding(right: Right) -> AclBinding:
    prefixed = ResourcePatternType.PREFIXED if right.resource == "GROUP" else ResourcePatternType.LITERAL
    return AclBinding(
        ResourceType[right.resource],
        right.name,
        prefixed,
        f"User:{right.principal}",
        "*",  # from any host
        AclOperation[right.operation],
        AclPermissionType.ALLOW,
    )


def _only(binding: AclBinding) -> AclBindingFilter:
    return AclBindingFilter(
        binding.restype,
        binding.name,
        binding.resource_pattern_type,
        binding.principal,
        binding.host,
        binding.operation,
        binding.permission_type,
    )


def _connection(settings: Settings) -> dict[str, str | int]:
    connection: dict[str, str | int] = {"bootstrap.servers": settings.broker, "log_level": 0}
    if settings.broker_ca_file:
        connection |= {"security.protocol": "SSL", "ssl.ca.location": str(settings.broker_ca_file)}
    password = secret(settings.broker_password_file)
    if settings.broker_user and password:
        connection |= {
            "security.protocol": "SASL_SSL",
            "sasl.mechanism": "SCRAM-SHA-512",
            "sasl.username": settings.broker_user,
            "sasl.password": password.get_secret_value(),
        }
    return connection
