"""`wardwatch bench gateway`, small: everything is measured, on servers of its own."""

import pytest

from stream.bench.gateway_path import BARE, GATEWAY, SEND, Size, run

pytestmark = [pytest.mark.stack, pytest.mark.timeout(300)]


def test_everything_is_measured() -> None:
    said: list[str] = []
    result = run(Size(messages=100, beds=5, connections=20, backlog_hours=0.1, steady_s=2.5, rounds=2), 1, said.append)
    assert result.speeds.keys() == {GATEWAY, BARE}
    assert all(speed.lowest > 0 for speed in result.speeds.values())
    assert result.answers.keys() == {GATEWAY, BARE, SEND}
    assert all(one.alerts >= 5 for one in result.answers.values())
    assert result.drain.messages == 5 * 36
    assert result.drain.live.alerts > 0
    assert result.memory.last_mib > 0
    assert all(ratio > 0 for ratio in result.ratios.values())
    assert said
