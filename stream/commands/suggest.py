"""`wardwatch suggest`: the plan of one patient, from a file or live, and the drugs of a class beside each other."""

import asyncio
import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from stream.commands.refusal import Refusal, one_sentence, read_settings

if TYPE_CHECKING:
    from collections.abc import Iterable

    from models.risk.model import RiskModel
    from models.treatment.ranking import Candidate, Reason
    from schemas.plan import Plan
    from stream.plans.known import Known
    from stream.settings import Settings


def command(
    patient: Annotated[
        Path | None,
        typer.Option(
            "--patient",
            metavar="FILE",
            help='One patient\'s records: JSON lines or an array of {"topic", "record"} or CloudEvents, or an object '
            "with the topics as keys.",
        ),
    ] = None,
    live: Annotated[
        str | None,
        typer.Option(
            "--live", metavar="PSEUDONYM", help="A patient of a running ward: WARDWATCH_REDIS_URL, WARDWATCH_BROKER."
        ),
    ] = None,
    rank: Annotated[
        str | None,
        typer.Option(metavar="CLASS", help="List the drugs of this class with reasons for and against each."),
    ] = None,
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object: `plan` of `schema export`.")] = False,
    report: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write the plan as one printable page of HTML.")
    ] = None,
    fhir: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write the plan as a Bundle of FHIR R4 resources.")
    ] = None,
) -> None:
    """Show what the rules propose for a patient, and all that is known of them, as one plan. Never an order.

    Vital signs are played through the alarm rules and the risk model to the last record of the file. The same file
    gives the same plan, byte for byte. With `--rank`, drugs stand by what is known of them, without a score: nothing
    against, care, not all checked, against.
    """
    from models.treatment.ranking import rank as rank_class
    from models.treatment.safety.classes import CLASSES

    settings = read_settings()
    with one_sentence(settings):
        if (patient is None) == (live is None):
            message = "name one of --patient FILE and --live PSEUDONYM"
            raise Refusal(message)
        if rank is not None and (report or fhir):
            message = "--rank lists drugs: the plan of --report and --fhir is written without it"
            raise Refusal(message)
        if rank is not None and rank not in CLASSES:
            message = f"no class has that name; there are {', '.join(sorted(CLASSES))}"
            raise Refusal(message)
        known = _of_file(patient, settings) if patient is not None else asyncio.run(_of_ward(live or "", settings))
        if rank is not None:
            from models.plan.plan import facts_at

            _show_ranked(rank, rank_class(rank, facts_at(known.state, known.now_s), known.now_s), as_json=as_json)
            return
        plan = known.plan()
        _write(plan, settings, report, fhir)
        _show(plan, as_json=as_json)


def _of_file(file: Path, settings: "Settings") -> "Known":
    """Return what is known after all records of a file. Raises Refusal, OSError."""
    from stream.plans.from_file import known_of_file
    from stream.rehearsal.feed import FeedError

    def model() -> "RiskModel":
        return _risk_model(settings)

    try:
        return known_of_file(file, settings, model)
    except FeedError as error:
        raise Refusal(str(error)) from None


def _risk_model(settings: "Settings") -> "RiskModel":
    from models.risk.model import SHIPPED, ModelError, RiskModel

    try:
        return RiskModel.load(settings.risk_folder or SHIPPED, settings.device)
    except ModelError as error:
        raise Refusal(str(error)) from None


async def _of_ward(patient: str, settings: "Settings") -> "Known":
    """Return what is known of a patient of a running ward now. Raises Refusal."""
    from aiokafka.errors import KafkaError

    from models.plan.seen import NOTHING_SEEN
    from stream.plans.live import UnreadableStateError, known_now, now_utc, seen_lately
    from stream.state.client import StateUnavailableError, redis_client
    from stream.state.store import StateStore
    from stream.subscriber.listen import ListenError

    try:
        seen = await seen_lately(settings, patient, now_utc())
    except (ListenError, KafkaError, TimeoutError) as error:
        why = str(error) if isinstance(error, ListenError) else "the broker does not answer"
        Console(stderr=True, highlight=False).print(f"without forecast and reports: {why}", style="yellow")
        seen = NOTHING_SEEN
    try:
        async with redis_client(settings) as redis:
            store = StateStore(redis, "patient", settings.state_ttl_s)
            known = await known_now(store, patient, round(now_utc().timestamp() * 1000), seen)
    except StateUnavailableError:
        message = "Redis does not answer; set WARDWATCH_REDIS_URL"
        raise Refusal(message) from None
    except UnreadableStateError as error:
        raise Refusal(str(error)) from None
    if known is None:
        message = "no patient of that pseudonym is known"
        raise Refusal(message)
    return known


def _write(plan: "Plan", settings: "Settings", report: Path | None, fhir: Path | None) -> None:
    if report is not None:
        from models.plan.page import page
        from stream.plans.maps import maps_of

        report.write_text(page(plan, maps_of(plan, settings.image_output)), encoding="utf-8")
    if fhir is not None:
        from models.fhir_out.bundle import plan_bundle

        fhir.write_bytes(plan_bundle(plan))


def _show(plan: "Plan", *, as_json: bool) -> None:
    from models.plan.plan import as_bytes
    from stream.commands.plan_lines import show

    if as_json:
        typer.echo(as_bytes(plan))
    else:
        show(plan)


def _show_ranked(name: str, found: "Iterable[Candidate]", *, as_json: bool) -> None:
    if as_json:
        drugs = [
            one._asdict()
            | {
                field: [reason._asdict() for reason in getattr(one, field)]
                for field in ("reasons_for", "reasons_against", "reasons_for_care")
            }
            for one in found
        ]
        typer.echo(json.dumps({"class": name, "drugs": drugs}, ensure_ascii=False))
        return
    table = Table("drug", "known", "against", "care", "for", "not checked")
    for one in found:
        drug = f"{one.drug} (ordered)" if one.ordered else one.drug
        cells = (drug, one.standing, *map(_lines, (one.reasons_against, one.reasons_for_care, one.reasons_for)))
        table.add_row(*map(Text, (*cells, "\n".join(one.not_checked))))
    out = Console(highlight=False)
    out.print(table)
    out.print(Text("In the order of what is known, then by name; no score. Not a choice.", "dim"))
    _close(out)


def _lines(reasons: "Iterable[Reason]") -> str:
    return "\n".join(f"{one.about}: {one.text}" for one in reasons)


def _close(out: Console) -> None:
    out.print(Text("Proposals, never orders. Research software: not for clinical use.", "dim"))
