"""Every HL7 message that was answered positively ends in Kafka, whatever breaks, and what comes twice has its id."""

from pathlib import Path

import pytest

from stream.stack.kafka import KafkaServer
from tests.stack.conftest import SERVERS_S
from tests.stack.hl7_losses import MISCHIEF, losses

pytestmark = [pytest.mark.stack, pytest.mark.timeout(SERVERS_S)]


@pytest.mark.parametrize("name", MISCHIEF)
async def test_no_accepted_message_is_lost_and_no_double_unknown(
    name: str, kafka_server: KafkaServer, tmp_path: Path
) -> None:
    kafka_server.start()
    counted = await losses(name, kafka_server, tmp_path, senders=3, messages=40)
    assert counted["messages"] == 3 * 40
    assert (counted["lost"], counted["unknown"], counted["disordered"]) == (0, 0, 0), counted
