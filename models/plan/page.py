"""A plan as one printable page of HTML: no script, nothing fetched, every word from outside escaped. Pure."""

from base64 import b64encode
from collections.abc import Iterable, Mapping
from html import escape as escape_html
from types import MappingProxyType
from typing import Final

from models.plan import words
from models.plan.style import STYLE
from schemas.plan import Plan, PlanAlarm, PlanGap, PlanImage, PlanProposal, PlanRisk

NO_MAPS: Final[Mapping[str, bytes]] = MappingProxyType({})
NOTICE: Final = "Proposals, never orders. Research software: not for clinical use."


def page(plan: Plan, maps: Mapping[str, bytes] = NO_MAPS) -> str:
    """Return the page. `maps` holds saliency maps (PNG) by their addresses; one that is not there is named."""
    title = f"Plan of {plan.patient}, {plan.time:%Y-%m-%d %H:%M} UTC"
    known = (
        _section("Vital signs", _list(map(words.value, plan.vitals)), _missing(plan.vitals_missing)),
        _section("Laboratory", _list(map(words.value, plan.labs)), _missing(plan.labs_missing)),
        _section("Orders", _list(_drug_lines(plan), nothing="no order is known")),
    )
    found = (
        _section("Risks", _risks(plan.risks)),
        _section("Alarms", _list(map(_alarm, plan.alarms), nothing="no alarm is on")),
        _section("Images", _images(plan.images, maps)),
        _section("Pathology", _list(_pathology_lines(plan))),
        _section(
            "Genome",
            _list((*map(words.gene, plan.genes), *map(words.variant, plan.variants))),
            _gaps("Not covered", plan.genes_not_covered),
        ),
    )
    proposals = "".join(map(_proposal, plan.proposals)) or "<p>No rule proposes anything.</p>"
    return (
        '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">'
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'; "
        'img-src data:">'
        f'<meta name="viewport" content="width=device-width, initial-scale=1"><title>{_text(title)}</title>'
        f"<style>{STYLE}</style></head><body><header><h1>{_text(title)}</h1>"
        f"<p>{_text(words.stay(plan.stay))}{_also_missing(plan.stay.missing)}</p></header><main>"
        f'<div class="columns"><div>{"".join(known)}</div><div>{"".join(found)}</div></div>'
        f"{_section('Proposals', proposals)}"
        f'<div class="columns"><div>{_section("Checked", _list(plan.checked))}</div>'
        f"<div>{_section('Could not be checked', _list(map(_gap, plan.not_checked), nothing='nothing'))}</div></div>"
        f"</main><footer><p>{NOTICE} Wardwatch {_text(plan.provenance.software)}, rules {_text(plan.rules[:12])}, "
        f"content {plan.content_hash[:12]}.</p></footer></body></html>\n"
    )


def _text(text: str) -> str:
    """Return a text from outside as text of the page."""
    return escape_html(words.shown(text))


def _section(title: str, *parts: str) -> str:
    return f"<section><h2>{_text(title)}</h2>{''.join(parts)}</section>"


def _list(lines: Iterable[str], nothing: str = "nothing is known") -> str:
    items = "".join(f"<li>{_text(line)}</li>" for line in lines)
    return f"<ul>{items}</ul>" if items else f'<p class="gap">{_text(nothing)}</p>'


def _missing(names: Iterable[str]) -> str:
    said = words.missing(names)
    return f'<p class="gap">Never measured: {_text(said)}.</p>' if said else ""


def _also_missing(names: Iterable[str]) -> str:
    said = words.missing(names)
    return f' <span class="gap">Not known: {_text(said)}.</span>' if said else ""


def _gaps(title: str, gaps: Iterable[PlanGap]) -> str:
    said = "; ".join(f"{one.about}: {one.why}" for one in gaps)
    return f'<p class="gap">{_text(title)}: {_text(said)}.</p>' if said else ""


def _gap(one: PlanGap) -> str:
    return f"{one.about}: {one.why}"


def _drug_lines(plan: Plan) -> Iterable[str]:
    for one in plan.drugs:
        route = f", {one.route}" if one.route else ""
        yield f"{one.drug}{route} ({words.age(one.age_s)}){'' if one.understood else ': not understood'}"


def _pathology_lines(plan: Plan) -> Iterable[str]:
    for one in plan.pathology:
        clash = f"; contradicts itself about {', '.join(one.contradictions)}" if one.contradictions else ""
        yield f"{', '.join(one.findings)} ({words.age(one.age_s)}){clash}"


def _risks(risks: Iterable[PlanRisk]) -> str:
    told = [
        f"{one.text} ({words.age(one.age_s)})"
        + (f" Why: {'; '.join(one.why)}." if one.why else "")
        + (f" Missing: {words.missing(one.missing)}." if one.missing else "")
        for one in risks
    ]
    return _list(told, nothing="no score and no forecast is at hand")


def _alarm(one: PlanAlarm) -> str:
    how = ", ".join(filter(None, (one.priority, one.signal)))
    return f"{one.text} ({how}; since {one.since:%Y-%m-%d %H:%M})"


def _images(images: Iterable[PlanImage], maps: Mapping[str, bytes]) -> str:
    shown = "".join(_image(one, maps) for one in images)
    return shown or '<p class="gap">no report on an image is at hand</p>'


def _image(one: PlanImage, maps: Mapping[str, bytes]) -> str:
    judged = "; ".join(one.findings) or "nothing was judged"
    refused = f" Not judged: {'; '.join(one.not_judged)}." if one.not_judged else ""
    head = f"{one.model_name or 'image'} ({one.priority}, {words.age(one.age_s)}): {judged}. Preliminary.{refused}"
    pictures = "".join(
        f'<img alt="Where the model looked, map {at}" src="data:image/png;base64,{b64encode(maps[url]).decode()}">'
        for at, url in enumerate(one.maps, 1)
        if url in maps
    )
    absent = sum(url not in maps for url in one.maps)
    told = f' <span class="gap">{absent} saliency map{"" if absent == 1 else "s"} not at hand.</span>' if absent else ""
    return f"<p>{_text(head)}{told}</p>{pictures}"


def _proposal(one: PlanProposal) -> str:
    lines = [
        ("Source", words.source(one)),
        ("Rests on", words.basis(one)),
        ("Not known", words.missing(one.missing)),
        ("Against it", "; ".join(one.against)),
        ("Checked", "; ".join(one.contraindications_checked)),
        ("To check", "; ".join(one.to_check)),
    ]
    told = " ".join(f"<b>{name}:</b> {_text(said)}." for name, said in lines if said)
    place = one.urgency.replace(" ", "-")
    return (
        f'<article><h3><span class="urgency {place}">{_text(one.urgency)}</span> {_text(one.text)}</h3>'
        f"<p>{told}</p></article>"
    )
