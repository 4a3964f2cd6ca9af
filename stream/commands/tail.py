"""`wardwatch tail`: print the records of a topic as they arrive, one line each."""

import asyncio
import json
from typing import Annotated, Any, Final, Literal

import typer
from rich.console import Console
from rich.text import Text

from models.alert_report.device_alert import device_alert
from models.alert_report.pcd04 import alert_report
from schemas.alerts import Alert
from schemas.imaging import LesionReport
from schemas.suggestions import Suggestion
from schemas.topics import TOPICS
from stream.commands.refusal import Refusal, one_sentence, read_settings
from stream.delivery.dead_letters import Failure
from stream.settings import Settings
from stream.subscriber.lines import line
from stream.subscriber.listen import ListenError, listening
from stream.subscriber.read import readable
from stream.subscriber.terminal import printable, printable_text

AsJson = Annotated[bool, typer.Option("--json", help="One JSON object a line.")]
Form = Literal["fhir", "fhir-r4", "hl7"]
AsForm = Annotated[
    Form | None,
    typer.Option(
        "--as",
        help="Alerts for an alarm manager: `fhir`, a DeviceAlert of FHIR 6.0.0-ballot4 a line; `hl7`, ORU^R40 of IHE "
        "PCD-04, a segment a line. For a record system `fhir-r4`, a resource of FHIR 4.0.1 a line: alerts as Flag, "
        "suggestions as a Bundle of drafts, lesion reports as DiagnosticReport.",
    ),
]
_FORMS: Final[dict[str, tuple[Form, ...]]] = {
    "alerts": ("fhir", "fhir-r4", "hl7"),
    "suggestions": ("fhir-r4",),
    "lesion-reports": ("fhir-r4",),
}
"""By topic: the forms in which its records leave."""
FromBeginning = Annotated[bool, typer.Option("--from-beginning", help="Start with the oldest record.")]


def command(
    topic: Annotated[str, typer.Argument(help="Name of the topic, e.g. alerts.")],
    *,
    as_json: AsJson = False,
    as_form: AsForm = None,
    from_beginning: FromBeginning = False,
    count: Annotated[int | None, typer.Option(min=1, help="End after so many records.")] = None,
) -> None:
    """Show the records of a topic until Ctrl-C. Of a dead letter it shows headers and size, never the content."""
    settings = read_settings()
    with one_sentence(settings):
        if topic not in TOPICS:
            sentence = f"there is no topic {topic}; the topics are {', '.join(TOPICS)}"
            raise Refusal(sentence)
        if as_form is not None and (as_form not in _FORMS.get(topic, ()) or as_json):
            those = ", ".join(name for name, forms in _FORMS.items() if as_form in forms)
            sentence = f"--as {as_form} is for the topic {those}, and without --json"
            raise Refusal(sentence)
        form = "json" if as_json else as_form
        try:
            asyncio.run(_tail(settings, topic, form, from_beginning=from_beginning, count=count))
        except ListenError as error:
            raise Refusal(str(error)) from None
        except KeyboardInterrupt:
            return  # the regular way to end it


async def _tail(
    settings: Settings, topic: str, form: Form | Literal["json"] | None, *, from_beginning: bool, count: int | None
) -> None:
    console = Console(highlight=False)
    left = count
    async with listening(settings, [topic], from_beginning=from_beginning) as listener:
        async for record in listener.records(asyncio.Event()):
            if form == "json":
                typer.echo(printable(json.dumps(as_object(record), ensure_ascii=False)))
            elif form is not None:
                _echo(record, form)
            else:
                console.print(as_line(record), soft_wrap=True)
            left = None if left is None else left - 1
            if left == 0:
                return


def _echo(record: Any, form: Form) -> None:  # noqa: ANN401 - aiokafka's ConsumerRecord
    """Print a record in the form of another system; what can't be read goes to the other output."""
    text = as_resource(record) if form == "fhir-r4" else as_alert(record, form)
    typer.echo(as_line(record).plain if text is None else printable(text, kept="\n"), err=text is None)


def as_alert(record: Any, form: Form) -> str | None:  # noqa: ANN401 - aiokafka's ConsumerRecord
    """Return an alert as FHIR R6 DeviceAlert or as ORU^R40 of PCD-04; None where the record can't be read."""
    read = readable(record.topic, record.value)
    if not isinstance(read, Alert):
        return None
    if form == "fhir":
        return json.dumps(device_alert(read), ensure_ascii=False)
    return alert_report(read).replace("\r", "\n")


def as_resource(record: Any) -> str | None:  # noqa: ANN401 - aiokafka's ConsumerRecord
    """Return an alert, a proposal or a lesion report as a resource of FHIR 4.0.1; None where it can't be read."""
    from models.fhir_out.bundle import suggestion_bundle  # all rules stand behind it: not for who asks for help alone
    from models.fhir_out.flags import flag_of_alert
    from models.lesion_report.diagnostic_report import diagnostic_report

    match readable(record.topic, record.value):
        case Alert() as alert:
            return json.dumps(flag_of_alert(alert), ensure_ascii=False)
        case Suggestion() as suggestion:
            return suggestion_bundle(suggestion).decode()
        case LesionReport() as report:
            return json.dumps(json.loads(diagnostic_report(report)), ensure_ascii=False)
        case _:
            return None


def as_object(record: Any) -> dict[str, Any]:  # noqa: ANN401 - aiokafka's ConsumerRecord
    """Return a record as one JSON object: its position, and its content if that may be shown."""
    place = {
        "topic": record.topic,
        "partition": record.partition,
        "offset": record.offset,
        "timestamp_ms": record.timestamp,
    }
    if record.topic == "dead-letters":
        return place | {"bytes": len(record.value or b"")} | _failure(record)
    read = readable(record.topic, record.value)
    if read is None:
        return place | {"unreadable_bytes": len(record.value or b"")}
    return place | {
        "key": (record.key or b"").decode("utf-8", "replace"),
        "value": read.model_dump(mode="json", exclude_none=True),
    }


def as_line(record: Any) -> Text:  # noqa: ANN401 - aiokafka's ConsumerRecord
    """Return a record as one line."""
    if record.topic == "dead-letters":
        told = ", ".join(f"{name} {value}" for name, value in _failure(record).items()) or "not one of our letters"
        return printable_text(Text(f"{len(record.value or b'')} bytes  {told}"))
    read = readable(record.topic, record.value)
    if read is None:
        return Text(f"unreadable, {len(record.value or b'')} bytes, at {record.partition}/{record.offset}", "dim")
    return line(read)


def _failure(record: Any) -> dict[str, Any]:  # noqa: ANN401 - aiokafka's ConsumerRecord
    """Return what a dead letter's headers say; empty when the headers are not those of a dead letter."""
    try:
        failure = Failure.read(record.headers)
    except ValueError:
        return {}
    return {
        "stage": failure.stage,
        "from": f"{failure.topic}/{failure.partition}/{failure.offset}",
        "reason": failure.message,
        "attempt": failure.attempt,
    }
