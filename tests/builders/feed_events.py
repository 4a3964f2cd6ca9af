"""Feed events without a ward behind them."""

from datetime import UTC, datetime, timedelta

from stream.feeds.events import FeedEvent

START = datetime(2026, 11, 21, 9, tzinfo=UTC)


def an_event(number: int = 0, patient: str = "p-1", text: str = "") -> FeedEvent:
    """An event with a number in its value and its id."""
    value = f'{{"number":{number},"text":"{text}"}}'.encode()
    return FeedEvent("vitals", patient, START + timedelta(seconds=number), value, (("ce_id", str(number).encode()),))
