"""`wardwatch suggest`: what the rules propose for one patient, and the drugs of a class beside each other."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from stream.commands.refusal import Refusal, one_sentence, read_settings

if TYPE_CHECKING:
    from collections.abc import Iterable

    from models.treatment.engine import Proposal
    from models.treatment.facts import Facts, Variant
    from models.treatment.ranking import Candidate, Reason

LOOKED_AT: Final = frozenset({"patients", "labs", "genomics", "medications", "lesion-reports", "pathology-findings"})
"""The topics of which a patient's records count here; records of others are passed over."""


def command(
    patient: Annotated[
        Path,
        typer.Option(
            "--patient", metavar="FILE", help='One patient as JSON lines: {"topic", "record"}, as `rehearse`.'
        ),
    ],
    rank: Annotated[
        str | None,
        typer.Option(metavar="CLASS", help="List the drugs of this class with reasons for and against each."),
    ] = None,
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Show what the rules propose for a patient, by results, orders and reports. Never an order.

    Vital signs and alarms are left out: `wardwatch rehearse` plays those. With `--rank`, drugs stand by what is known
    of them, without a score: nothing against, care, not all checked, against.
    """
    from models.treatment.engine import suggest
    from models.treatment.ranking import rank as rank_class
    from models.treatment.safety.classes import CLASSES

    with one_sentence():
        if rank is not None and rank not in CLASSES:
            message = f"no class has that name; there are {', '.join(sorted(CLASSES))}"
            raise Refusal(message)
        known, now_s = _read(patient)
    if rank is None:
        _show(suggest(known, now_s), known.variants, as_json=as_json)
        return
    _show_ranked(rank, rank_class(rank, known, now_s), as_json=as_json)


def _read(file: Path) -> "tuple[Facts, float]":
    """Return what is known of the patient after all records, and the moment of the newest.

    Raises Refusal where a record can't be used, or several patients are meant; OSError when the file can't be read.
    """
    from models.watch.advance import advance_event
    from models.watch.state import PatientState
    from models.watch.suggest import facts, latest_s
    from stream.delivery.decode import Decoded, decode
    from stream.rehearsal.feed import FeedError, of_file

    settings = read_settings()
    state, newest_s, name = PatientState(), 0.0, None
    try:
        for number, arrival in enumerate(of_file(file), 1):
            if arrival.topic not in LOOKED_AT:
                continue
            one = decode(arrival, arrival.timestamp, round(settings.future_s * 1000))
            if not isinstance(one, Decoded):
                message = f"{file.name}, record {number}: it does not fit its topic"
                raise Refusal(message)
            if name not in (None, one.patient):
                message = f"{file.name}: it is about several patients"
                raise Refusal(message)
            name = one.patient
            state, _ = advance_event("patient", state, one.model)
            newest_s = max(newest_s, arrival.timestamp / 1000)
    except FeedError as error:
        raise Refusal(str(error)) from None
    return facts(state, state.value, state.value_ms, None), latest_s(state, newest_s)


def _show(found: "Iterable[Proposal]", variants: "Iterable[Variant]", *, as_json: bool) -> None:
    """Print proposals, and every variant that is known, as the laboratory classified it: also where nothing follows."""
    if as_json:
        said = {"proposals": [_of_proposal(one) for one in found], "variants": [one._asdict() for one in variants]}
        typer.echo(json.dumps(said, ensure_ascii=False))
        return
    out = Console(highlight=False)
    for one in found:
        out.print(Text(one.text, "bold"))
        out.print(Text(f"  {one.citation.guideline} ({one.citation.edition}): {one.citation.strength}", "dim"))
        for voice in one.voices:
            other = f"{voice.citation.guideline} ({voice.citation.edition}): {voice.text}; {voice.citation.strength}"
            out.print(Text(f"  but {other}", "yellow"))
        if one.missing:
            out.print(Text(f"  not known: {', '.join(one.missing)}", "yellow"))
        if one.to_check:
            out.print(Text(f"  to check: {'; '.join(one.to_check)}"))
    for variant in variants:
        about = ", ".join(filter(None, (variant.zygosity, variant.origin, variant.source)))
        out.print(Text(f"Variant: {variant.gene} {variant.hgvs}: {variant.significance}" + (about and f" ({about})")))
    _close(out)


def _of_proposal(one: "Proposal") -> dict[str, Any]:
    return {
        "rule": f"{one.rule}/{one.version}",
        "text": one.text,
        "citation": one.citation._asdict(),
        "inputs": [item._asdict() for item in one.inputs],
        "missing": one.missing,
        "contraindications_checked": one.contraindications_checked,
        "to_check": one.to_check,
        "second_voices": [{"text": v.text, "citation": v.citation._asdict()} for v in one.voices],
    }


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
