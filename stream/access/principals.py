"""The principals of a deployment, and what each may do with each topic and each key: the least that its work needs."""

from collections.abc import Iterator
from typing import Final, Literal, NamedTuple

from schemas.topics import TOPICS, read_by, written_by

Operation = Literal["READ", "WRITE", "DESCRIBE", "DESCRIBE_CONFIGS"]
Resource = Literal["TOPIC", "GROUP"]


class Principal(NamedTuple):
    """One user of the broker. `group` is the beginning of the consumer groups' names that it may use."""

    name: str
    reads: tuple[str, ...] = ()
    writes: tuple[str, ...] = ()
    describes: tuple[str, ...] = ()
    group: str | None = None


class Right(NamedTuple):
    """One permission; a GROUP is named by its beginning."""

    principal: str
    resource: Resource
    name: str
    operation: Operation


ADMIN: Final = "admin"
"""Makes topics and grants rights; Kafka's own configuration says that it may do everything."""


def _principal(name: str, *, group: str | None = None, describes: tuple[str, ...] = ()) -> Principal:
    """A principal with the rights that the table of topics gives it."""
    return Principal(name, read_by(name), written_by(name), describes, group)


_INPUTS: Final = tuple(name for name, topic in TOPICS.items() if topic.flow == "in")

PRINCIPALS: Final = (
    # A worker looks at all topics before it starts, to say which are missing and which are too small.
    _principal("watch", group="wardwatch", describes=tuple(TOPICS)),
    _principal("check", group="wardwatch", describes=tuple(TOPICS)),
    _principal("feed"),
    _principal("gateway"),
    _principal("subscriber", group="subscriber"),
    _principal("board"),  # reads in no group
    Principal("operator", tuple(TOPICS), _INPUTS, group="operator"),  # dead letters and their replay
)

REDIS_USER: Final = "worker"
_REDIS_COMMANDS: Final = (
    "+@connection -@dangerous +hget +hgetall +hset +expire +eval +evalsha +script|load +script|exists +scan +time "
    "+zadd +zrem +zrange +zremrangebyscore +info"
)


def rights() -> Iterator[Right]:
    """Every right of every principal on the broker; what is not among them is refused."""
    for principal in PRINCIPALS:
        yield from (Right(principal.name, "TOPIC", topic, "READ") for topic in principal.reads)
        yield from (Right(principal.name, "TOPIC", topic, "WRITE") for topic in principal.writes)
        for topic in principal.describes:
            yield Right(principal.name, "TOPIC", topic, "DESCRIBE")
            yield Right(principal.name, "TOPIC", topic, "DESCRIBE_CONFIGS")
        if principal.group:
            yield Right(principal.name, "GROUP", principal.group, "READ")


def redis_acl(worker_password_sha256: str) -> str:
    """Redis's ACL file: workers reach the patients' states and nothing else; the health check may say PING.

    Nobody can be the default user: it is off and has no password. It keeps its rights, because Redis reads its own file
    back as that user, and without them drops every transaction in it after a restart: all states.
    """
    return (
        "user default off resetpass ~* &* +@all\n"
        "user health on nopass resetchannels -@all +ping\n"
        f"user {REDIS_USER} on #{worker_password_sha256} ~wardwatch:* resetchannels -@all {_REDIS_COMMANDS}\n"
    )
