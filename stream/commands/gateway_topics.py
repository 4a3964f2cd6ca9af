"""Whether the broker has the topics that a gateway writes."""

from collections.abc import Sequence

from aiokafka.errors import KafkaConnectionError
from structlog import get_logger

from stream.broker.topics import missing_topics
from stream.commands.refusal import Refusal
from stream.settings import Settings

log = get_logger()


async def check_topics(settings: Settings, topics: Sequence[str], *, is_broker_needed: bool) -> None:
    """Raise Refusal where a topic is missing; without a broker that can't be known."""
    try:
        missing = await missing_topics(settings, topics)
    except KafkaConnectionError:
        if is_broker_needed:
            raise
        log.warning("broker-away-at-start", broker=settings.broker)
        return
    if missing:
        sentence = f"the broker has no topic {', '.join(missing)}; make it with: wardwatch topics create"
        raise Refusal(sentence)
