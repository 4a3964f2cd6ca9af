"""The principals of a deployment and the least rights that each needs on topics, consumer groups and Redis keys."""

from collections.abc import Iterator
from typing import Final, Literal, NamedTuple

from schemas.topics import TOPICS, read_by, written_by

Operation = Literal["READ", "WRITE", "DESCRIBE", "DESCRIBE_CONFIGS"]
Resource = Literal["TOPIC", "GROUP"]


class Principal(NamedTuple):
    """A user of the broker. `group` is the prefix of the consumer groups that it may use."""

    name: str
    reads: tuple[str, ...] = ()
    writes: tuple[str, ...] = ()
    describes: tuple[str, ...] = ()
    group: str | None = None


class Right(NamedTuple):
    """One permission; for a GROUP, `name` is a prefix."""

    principal: str
    resource: Resource
    name: str
    operation: Operation


ADMIN: Final = "admin"
"""The user that creates topics and grants rights; Kafka's own configuration makes it a super user."""


def _principal(name: str, *, group: str | None = None, describes: tuple[str, ...] = ()) -> Principal:
    """Return a principal with its rights from the table of topics."""
    return Principal(name, read_by(name), written_by(name), describes, group)


_INPUTS: Final = tuple(name for name, topic in TOPICS.items() if topic.flow == "in")

PRINCIPALS: Final = (
    # A worker looks at all topics before it starts, to say which are missing and which are too small.
    _principal("watch", group="wardwatch", describes=tuple(TOPICS)),
    _principal("check", group="wardwatch", describes=tuple(TOPICS)),
    _principal("feed"),
    _principal("gateway"),
    _principal("cds"),
    _principal("subscriber", group="subscriber"),
    _principal("board", describes=("dead-letters",)),  # uses no consumer group; counts dead letters and reads none
    # A board whose users may act.
    Principal("desk", read_by("board"), ("acknowledgements", "alarm-settings"), ("dead-letters",)),
    Principal("operator", tuple(TOPICS), _INPUTS, group="operator"),  # lists and replays dead letters
)

REDIS_USER: Final = "worker"
REDIS_READER: Final = "reader"
"""The Redis user of who only looks at patients' states, as the CDS service does."""
_REDIS_COMMANDS: Final = (
    "+@connection -@dangerous +hget +hgetall +hset +expire +eval +evalsha +script|load +script|exists +scan +time "
    "+zadd +zrem +zrange +zremrangebyscore +info"
)
_READER_COMMANDS: Final = "+@connection -@dangerous +hgetall"


def rights() -> Iterator[Right]:
    """Yield every right of every principal on the broker; everything else is denied."""
    for principal in PRINCIPALS:
        yield from (Right(principal.name, "TOPIC", topic, "READ") for topic in principal.reads)
        yield from (Right(principal.name, "TOPIC", topic, "WRITE") for topic in principal.writes)
        for topic in principal.describes:
            yield Right(principal.name, "TOPIC", topic, "DESCRIBE")
            yield Right(principal.name, "TOPIC", topic, "DESCRIBE_CONFIGS")
        if principal.group:
            yield Right(principal.name, "GROUP", principal.group, "READ")


def redis_acl(worker_password_sha256: str, reader_password_sha256: str) -> str:
    """Return Redis's ACL file: workers may access the patients' states and nothing else; the health check may PING.

    The reader may look at a state of the watch path whose name it knows, and write nothing.

    The default user is off and has no password, so nobody can log in as it. It keeps its rights, because Redis reads
    its own append-only file back as that user, and without them would drop every transaction after a restart, that is
    all states.
    """
    return (
        "user default off resetpass ~* &* +@all\n"
        "user health on nopass resetchannels -@all +ping\n"
        f"user {REDIS_USER} on #{worker_password_sha256} ~wardwatch:* resetchannels -@all {_REDIS_COMMANDS}\n"
        f"user {REDIS_READER} on #{reader_password_sha256} ~wardwatch:patient:* resetchannels -@all "
        f"{_READER_COMMANDS}\n"
    )
