"""Synchronise the broker's ACLs with the table of rights."""

from collections.abc import Iterable
from functools import partial
from operator import eq
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
from tenacity import RetryError, Retrying, retry_if_not_result, stop_after_delay, wait_fixed

from stream.access.principals import Right
from stream.broker.connection import Connection
from stream.settings import Settings

_PATIENCE_S: Final = 20.0
_POLL_S: Final = 0.05


class GrantError(Exception):
    """The broker did not accept the rights; the text states its reason."""


def grant(settings: Settings, rights: Iterable[Right]) -> tuple[int, int]:
    """Grant these rights to their principals and revoke all their others; return how many were granted and revoked.

    When it returns, the broker that answers enforces them. Rights of principals that are not in the table are left
    alone.

    Raises:
        GrantError: no broker answers, or it refuses.
        OSError: the password file or the certificate authority's file can't be read.
    """
    wanted = {_binding(right) for right in rights}
    admin = AdminClient({**Connection.of(settings).for_librdkafka(), "log_level": 0})
    try:
        before = _current_acls(admin, wanted)
        for answer in admin.create_acls(list(wanted - before)).values() if wanted - before else ():
            answer.result()
        for answer in admin.delete_acls([_filter_for(b) for b in before - wanted]).values() if before - wanted else ():
            answer.result()
        # The controller has accepted the ACLs; the broker learns of them a little later.
        until_shown = Retrying(
            retry=retry_if_not_result(partial(eq, wanted)), wait=wait_fixed(_POLL_S), stop=stop_after_delay(_PATIENCE_S)
        )
        until_shown(_current_acls, admin, wanted)
    except RetryError:
        msg = f"the broker at {settings.broker} took the access rights and does not show them"
        raise GrantError(msg) from None
    except KafkaException as error:
        msg = f"the broker at {settings.broker} did not take the access rights: {error.args[0].name()}"
        raise GrantError(msg) from None
    return len(wanted - before), len(before - wanted)


def _current_acls(admin: AdminClient, wanted: set[AclBinding]) -> set[AclBinding]:
    """Return the ACLs that the table's principals have now."""
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


def _filter_for(binding: AclBinding) -> AclBindingFilter:
    return AclBindingFilter(
        binding.restype,
        binding.name,
        binding.resource_pattern_type,
        binding.principal,
        binding.host,
        binding.operation,
        binding.permission_type,
    )
