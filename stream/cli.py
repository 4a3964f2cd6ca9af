"""`wardwatch`: names the commands, and imports the one that is called.

Some commands load torch and more, so a list of them, a mistyped name and the help of one have to do without the others.
"""

from collections.abc import Mapping
from importlib import import_module
from typing import Any, Final, NamedTuple

import typer
from typer.core import TyperCommand, TyperGroup


class Entry(NamedTuple):
    """A command: its line in the list of all, and where its function or its group is."""

    summary: str
    module: str
    attribute: str = "command"


# The summaries repeat how the commands' own help begins, so that the list needs none of them; a test holds them to it.
COMMANDS: Final[Mapping[str, Entry]] = {
    "demo": Entry(
        "Show a ward from the bedside to the alarm: simulated patients, or recorded stays. Nothing is kept.",
        "stream.commands.demo",
    ),
    "worker": Entry(
        "Watch until told to stop (SIGTERM, Ctrl-C), then finish what is in work.", "stream.commands.worker"
    ),
    "rehearse": Entry(
        "Play a feed through the live rules on a virtual clock: no broker, no Redis, nothing kept.",
        "stream.commands.rehearse",
    ),
    "replay": Entry(
        "Play a feed into the topics of WARDWATCH_BROKER and count what the broker confirmed.", "stream.commands.replay"
    ),
    "gateway": Entry(
        "Take in what a hospital's other systems send, in their own protocols.", "stream.commands.gateway", "app"
    ),
    "cds": Entry(
        "Answer a record system's calls (CDS Hooks 2.0) with cards: patient-view, order-select, order-sign.",
        "stream.commands.cds",
    ),
    "tail": Entry(
        "Show the records of a topic until Ctrl-C. Of a dead letter it shows headers and size, never the content.",
        "stream.commands.tail",
    ),
    "board": Entry(
        "Show every bed live in a browser: numbers, NEWS2, forecast, alarms, proposals, reports; and what is away.",
        "stream.commands.board",
    ),
    "alarm-setting": Entry(
        "Change how one patient's alarms are given, for a stated time: limit, pause, standby, absence, sound off.",
        "stream.commands.alarm_setting",
    ),
    "topics": Entry("The topics on the broker.", "stream.commands.topics", "app"),
    "positions": Entry("How far the roles have read.", "stream.commands.positions", "app"),
    "dead-letters": Entry("Records that could not be used.", "stream.commands.dead_letters", "app"),
    "evaluate": Entry(
        "Measure a shipped model on data, through the code that the stream runs.", "stream.commands.evaluate", "app"
    ),
    "train": Entry("From raw data to weights, in one seeded command.", "stream.commands.train", "app"),
    "weights": Entry("Files of weights: what is loaded, and who vouches for it.", "stream.commands.weights", "app"),
    "schema": Entry("The contract: what each topic carries.", "stream.commands.schema", "app"),
    "secrets": Entry("Certificates, passwords and access rights of a deployment.", "stream.commands.secrets", "app"),
    "bench": Entry(
        "Measure the watch path beside stock Faust and bare aiokafka: same broker, same frames, a process each.",
        "stream.commands.bench",
    ),
    "lesion-report": Entry(
        "Judge images as the check worker does, with its settings, and write its documents. Not for clinical use.",
        "stream.commands.lesion_report",
    ),
    "read-pathology": Entry(
        "Read pathology reports in English as the check worker does, and show why. Not for clinical use.",
        "stream.commands.read_pathology",
    ),
    "genotype": Entry(
        "Name the alleles of pharmacogenes by CPIC, and what they mean. A position without a call is never the "
        "reference.",
        "stream.commands.genotype",
    ),
    "genotype-tables": Entry("The tables of alleles that `genotype` reads.", "stream.commands.genotype_tables", "app"),
    "suggest": Entry(
        "Show what the rules propose for a patient, and all that is known of them, as one plan. Never an order.",
        "stream.commands.suggest",
    ),
    "rules": Entry("The rules of alarms and proposals, and their sources.", "stream.commands.rules", "app"),
    "deidentify": Entry(
        "De-identify DICOM files: Basic Application Confidentiality Profile of PS3.15. The picture stays as it is.",
        "stream.commands.deidentify",
    ),
    "doctor": Entry(
        "Check Python, device, broker, topics, Redis, clock, weights and disk; exit 1 when a worker could not work.",
        "stream.commands.doctor",
    ),
}
_HELP: Final = "Event-driven streaming monitor for personalised medicine. Research software: not for clinical use."


class Unimported(TyperCommand):
    """A command that can be listed: its name and its summary are known, its module is not imported yet."""

    def __init__(self, name: str, entry: Entry) -> None:
        super().__init__(name, help=entry.summary)
        self._entry = entry

    def imported(self) -> Any:  # noqa: ANN401 - a TyperCommand or a TyperGroup; their common class is not public
        """The command itself."""
        found = getattr(import_module(self._entry.module), self._entry.attribute)
        if isinstance(found, typer.Typer):
            return typer.main.get_group(found)
        app = typer.Typer(add_completion=False)
        app.command(self.name)(found)
        return typer.main.get_command(app)


class Commands(TyperGroup):
    """The group of all commands: it lists them by the table, and imports the one that a command line resolves to."""

    def __init__(self, **attributes: Any) -> None:
        super().__init__(**attributes)
        self.commands.update({name: Unimported(name, entry) for name, entry in COMMANDS.items()})

    def resolve_command(self, *arguments: Any) -> Any:  # noqa: ANN401 - as the group's own: click's context and words
        """Import the command that is called, or whose help or completion is asked for."""
        name, command, rest = super().resolve_command(*arguments)
        return name, command.imported() if isinstance(command, Unimported) else command, rest


def main(arguments: list[str] | None = None) -> None:
    """Run the command line."""
    app = typer.Typer(cls=Commands, help=_HELP, no_args_is_help=True, pretty_exceptions_show_locals=False)
    app.callback()(lambda: None)
    app(arguments, prog_name="wardwatch")


if __name__ == "__main__":
    main()
