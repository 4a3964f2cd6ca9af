"""`wardwatch`: puts the commands together. Only the one that is called is imported, since some load torch."""

import sys
from importlib import import_module
from typing import Final

import typer

COMMANDS: Final[dict[str, dict[str, str] | str]] = {
    "demo": "stream.commands.demo:command",
    "worker": "stream.commands.worker:command",
    "rehearse": "stream.commands.rehearse:command",
    "replay": "stream.commands.replay:command",
    "gateway": {
        "hl7": "stream.commands.gateway_hl7:command",
    },
    "tail": "stream.commands.tail:command",
    "board": "stream.commands.board:command",
    "topics": "stream.commands.topics:app",
    "dead-letters": "stream.commands.dead_letters:app",
    "evaluate": {
        "risk": "stream.commands.evaluate_risk:command",
        "alarms": "stream.commands.evaluate_alarms:command",
        "lesion": "stream.commands.evaluate_lesion:command",
        "generator": "stream.commands.evaluate_generator:command",
        "pathology": "stream.commands.evaluate_pathology:command",
    },
    "train": {
        "risk": "stream.commands.train_risk:command",
        "lesion": "stream.commands.train_lesion:command",
        "generator": "stream.commands.train_generator:command",
    },
    "schema": "stream.commands.schema:app",
    "secrets": "stream.commands.secrets:app",
    "bench": "stream.commands.bench:command",
    "lesion-report": "stream.commands.lesion_report:command",
    "read-pathology": "stream.commands.read_pathology:command",
    "deidentify": "stream.commands.deidentify:command",
    "doctor": "stream.commands.doctor:command",
}
_GROUP_HELP: Final = {
    "gateway": "Take in what a hospital's other systems send, in their own protocols.",
    "evaluate": "Measure a shipped model on data, through the code that the stream runs.",
    "train": "From raw data to weights, in one seeded command.",
}
_HELP: Final = "Event-driven streaming monitor for personalised medicine. Research software: not for clinical use."


def _add(app: typer.Typer, name: str, place: dict[str, str] | str) -> None:
    if isinstance(place, dict):
        group = typer.Typer(help=_GROUP_HELP[name], no_args_is_help=True)
        group.callback()(lambda: None)  # a group stays one, even with a single command
        for part, where in place.items():
            _add(group, part, where)
        app.add_typer(group, name=name, help=_GROUP_HELP[name])
        return
    module, _, attribute = place.partition(":")
    found = getattr(import_module(module), attribute)
    if isinstance(found, typer.Typer):
        app.add_typer(found, name=name)
    else:
        app.command(name)(found)


def main(arguments: list[str] | None = None) -> None:
    """Run the command line."""
    called = sys.argv[1:] if arguments is None else arguments
    app = typer.Typer(help=_HELP, no_args_is_help=True, pretty_exceptions_show_locals=False)
    app.callback()(lambda: None)
    first = called[0] if called else ""
    for name, place in {first: COMMANDS[first]}.items() if first in COMMANDS else COMMANDS.items():
        _add(app, name, place)
    app(called, prog_name="wardwatch")


if __name__ == "__main__":
    main()
