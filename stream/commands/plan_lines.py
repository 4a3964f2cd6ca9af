"""A plan in the terminal."""

from collections.abc import Iterator

from rich.console import Console
from rich.text import Text

from models.plan import words
from schemas.plan import Plan, PlanProposal

_STYLES = {"now": "bold white on red3", "before the next dose": "bold black on yellow3"}


class _Out:
    """A terminal that words from outside can't steer."""

    def __init__(self) -> None:
        self._console = Console(highlight=False)

    def print(self, text: str, style: str = "") -> None:
        """Print a line."""
        self._console.print(Text(words.shown(text), style))

    def print_parts(self, *parts: tuple[str, str]) -> None:
        """Print a line of parts, each with its style."""
        self._console.print(Text.assemble(*((words.shown(text), style) for text, style in parts)))


def show(plan: Plan) -> None:
    """Print a plan: what is known, then what the rules propose, then what could not be checked."""
    out = _Out()
    out.print(f"{plan.patient}, {plan.time:%Y-%m-%d %H:%M} UTC: {words.stay(plan.stay)}", "bold")
    if plan.stay.missing:
        out.print(f"  not known: {words.missing(plan.stay.missing)}", "yellow")
    for line in _known(plan):
        out.print(line)
    for one in plan.proposals:
        _show_proposal(out, one)
    for variant in plan.variants:
        out.print(f"Variant: {words.variant(variant)}")
    for gap in plan.genes_not_covered:
        out.print(f"Not covered: {gap.about}: {gap.why}", "yellow")
    for said in plan.checked:
        out.print(f"Checked: {said}", "dim")
    for gap in plan.not_checked:
        out.print(f"Not checked: {gap.about}: {gap.why}", "yellow")
    out.print("Proposals, never orders. Research software: not for clinical use.", "dim")


def _known(plan: Plan) -> Iterator[str]:
    for title, values in (("Vital signs", plan.vitals), ("Laboratory", plan.labs)):
        if values:
            yield f"{title}: {', '.join(map(words.value, values))}"
    if plan.drugs:
        yield f"Orders: {', '.join(one.drug + ('' if one.understood else ' (?)') for one in plan.drugs)}"
    for gene in plan.genes:
        yield f"Gene: {words.gene(gene)}"
    for risk in plan.risks:
        yield f"Risk: {risk.text}" + (f" {'; '.join(risk.why)}" if risk.why else "")
    for alarm in plan.alarms:
        yield f"Alarm ({alarm.priority or 'a device'}): {alarm.text}"
    for image in plan.images:
        judged = "; ".join((*image.findings, *image.not_judged)) or "nothing was judged"
        yield f"Image, {image.model_name or 'no model'}, {image.priority}, {words.age(image.age_s)}: {judged}"
    for report in plan.pathology:
        yield f"Pathology, {words.age(report.age_s)}: {', '.join(report.findings)}"


def _show_proposal(out: _Out, one: PlanProposal) -> None:
    out.print_parts((one.urgency, _STYLES.get(one.urgency, "bold")), ("  ", ""), (one.text, "bold"))
    out.print(f"  {words.source(one)}", "dim")
    for voice in one.second_voices:
        other = f"{voice.citation.guideline} ({voice.citation.edition}): {voice.text}; {voice.citation.strength}"
        out.print(f"  but {other}", "yellow")
    if one.missing:
        out.print(f"  not known: {', '.join(one.missing)}", "yellow")
    if one.to_check:
        out.print(f"  to check: {'; '.join(one.to_check)}")
