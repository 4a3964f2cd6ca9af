"""A plan in the terminal."""

from collections.abc import Iterator

from rich.console import Console
from rich.text import Text

from models.plan import words
from schemas.plan import Plan, PlanProposal

_STYLES = {"now": "bold white on red3", "before the next dose": "bold black on yellow3"}


def show(plan: Plan) -> None:
    """Print a plan: what is known, then what the rules propose, then what could not be checked."""
    out = Console(highlight=False)
    out.print(Text(f"{plan.patient}, {plan.time:%Y-%m-%d %H:%M} UTC: {words.stay(plan.stay)}", "bold"))
    if plan.stay.missing:
        out.print(Text(f"  not known: {words.missing(plan.stay.missing)}", "yellow"))
    for line in _known(plan):
        out.print(line)
    for one in plan.proposals:
        _show_proposal(out, one)
    for variant in plan.variants:
        out.print(Text(f"Variant: {words.variant(variant)}"))
    for gap in plan.genes_not_covered:
        out.print(Text(f"Not covered: {gap.about}: {gap.why}", "yellow"))
    for said in plan.checked:
        out.print(Text(f"Checked: {said}", "dim"))
    for gap in plan.not_checked:
        out.print(Text(f"Not checked: {gap.about}: {gap.why}", "yellow"))
    out.print(Text("Proposals, never orders. Research software: not for clinical use.", "dim"))


def _known(plan: Plan) -> Iterator[Text]:
    for title, values in (("Vital signs", plan.vitals), ("Laboratory", plan.labs)):
        if values:
            yield Text(f"{title}: {', '.join(map(words.value, values))}")
    if plan.drugs:
        yield Text(f"Orders: {', '.join(one.drug + ('' if one.understood else ' (?)') for one in plan.drugs)}")
    for gene in plan.genes:
        yield Text(f"Gene: {words.gene(gene)}")
    for risk in plan.risks:
        yield Text(f"Risk: {risk.text}" + (f" {'; '.join(risk.why)}" if risk.why else ""))
    for alarm in plan.alarms:
        yield Text(f"Alarm ({alarm.priority or 'a device'}): {alarm.text}", "bold")
    for image in plan.images:
        judged = "; ".join((*image.findings, *image.not_judged)) or "nothing was judged"
        yield Text(f"Image, {image.model_name or 'no model'}, {image.priority}, {words.age(image.age_s)}: {judged}")
    for report in plan.pathology:
        yield Text(f"Pathology, {words.age(report.age_s)}: {', '.join(report.findings)}")


def _show_proposal(out: Console, one: PlanProposal) -> None:
    out.print(Text.assemble((one.urgency, _STYLES.get(one.urgency, "bold")), "  ", (one.text, "bold")))
    out.print(Text(f"  {words.source(one)}", "dim"))
    for voice in one.second_voices:
        other = f"{voice.citation.guideline} ({voice.citation.edition}): {voice.text}; {voice.citation.strength}"
        out.print(Text(f"  but {other}", "yellow"))
    if one.missing:
        out.print(Text(f"  not known: {', '.join(one.missing)}", "yellow"))
    if one.to_check:
        out.print(Text(f"  to check: {'; '.join(one.to_check)}"))
