"""`wardwatch alarm-setting`: send one record of `alarm-settings`, as a charting program would."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Final, get_args

import typer
from pydantic import ValidationError
from rich.console import Console

from schemas.alarm_settings import AlarmSetting, Role, Timed
from stream.commands.refusal import Refusal, one_sentence, read_settings
from stream.settings import Settings

TOPIC: Final = "alarm-settings"
_ACTIONS: Final = (*get_args(Timed), "end")


def command(
    action: Annotated[str, typer.Argument(help=f"One of {', '.join(_ACTIONS)}.")],
    *,
    patient: Annotated[str, typer.Option(help="The patient's pseudonym.")],
    role: Annotated[str, typer.Option(help=f"Whose bounds hold: {' or '.join(get_args(Role))}.")],
    by: Annotated[str, typer.Option(help="Who sets it, as a role or a pseudonym, e.g. nurse-icu-2; never a name.")],
    condition: Annotated[str | None, typer.Option(help="The alarm that is meant, for limit and sound-off.")] = None,
    limit: Annotated[float | None, typer.Option(help="The first limit, in the unit of the condition.")] = None,
    minutes: Annotated[float | None, typer.Option(min=0, help="How long it holds; not for end.")] = None,
    reason: Annotated[str | None, typer.Option(help="Why, in a few words without a name; not for end.")] = None,
    ends: Annotated[str | None, typer.Option(help="With end: which setting is over.")] = None,
) -> None:
    """Change how one patient's alarms are given, for a stated time: limit, pause, standby, absence, sound off.

    The record goes to the topic alarm-settings of WARDWATCH_BROKER. What became of it is told on ward-status: wardwatch
    tail ward-status.
    """
    said = {"action": action, "patient": patient, "role": role, "by": by, "condition": condition, "limit": limit}
    record = record_of(said | {"reason": reason, "ends": ends}, minutes, datetime.now(UTC))
    settings = read_settings()
    from stream.feeds.publish import PublishError

    with one_sentence(settings):
        try:
            asyncio.run(_send(settings, record))
        except PublishError as error:
            raise Refusal(str(error)) from None
    Console(highlight=False).print(f"sent and confirmed: {action}", soft_wrap=True)


def record_of(said: dict[str, Any], minutes: float | None, now: datetime) -> AlarmSetting:
    """The record that the options make; raises typer.BadParameter where they make none."""
    until = None if minutes is None else now + timedelta(minutes=minutes)
    try:
        return AlarmSetting.model_validate(said | {"time": now, "until": until})
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        sentence = " ".join([*(f"{part}:" for part in first["loc"]), first["msg"]])
        raise typer.BadParameter(sentence) from None


async def _send(settings: Settings, record: AlarmSetting) -> None:
    from stream.broker.topics import missing_topics
    from stream.feeds.events import FeedEvent
    from stream.feeds.publish import Publisher

    if await missing_topics(settings, [TOPIC]):
        sentence = f"the broker has no topic {TOPIC}; make it with: wardwatch topics create"
        raise Refusal(sentence)
    async with Publisher(settings) as publisher:
        await publisher.play([FeedEvent(TOPIC, record.patient, record.time, record)], speed=0)
        if publisher.unconfirmed:
            sentence = "the record was sent and not confirmed"
            raise Refusal(sentence)
