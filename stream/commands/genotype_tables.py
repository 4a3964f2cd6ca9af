"""`wardwatch genotype-tables`: the tables of alleles, made from CPIC's data."""

from pathlib import Path
from typing import Annotated

import typer

from stream.commands.refusal import Refusal, one_sentence

app = typer.Typer(help="The tables of alleles that `genotype` reads.", no_args_is_help=True, add_completion=False)


@app.callback()
def group() -> None:
    """The tables of alleles that `genotype` reads."""


@app.command("build")
def build_tables(
    *,
    source: Annotated[
        Path,
        typer.Option("--from", metavar="FOLDER", help="CPIC's definitions and phenotypes, as PharmCAT lays them out."),
    ],
    target: Annotated[
        Path | None, typer.Option("--to", metavar="FOLDER", help="Where to write; the package's own tables by default.")
    ] = None,
) -> None:
    """Make the tables anew: the same data give the same files."""
    from models.genotype.definitions import TABLES
    from models.genotype.lab.tables import build, written

    folder = target or TABLES
    with one_sentence():
        try:
            tables = build(source)
        except (KeyError, ValueError) as error:
            message = f"{source}: this is not CPIC's data as PharmCAT lays them out ({type(error).__name__})"
            raise Refusal(message) from error
        folder.mkdir(parents=True, exist_ok=True)
        for name, table in tables.items():
            (folder / f"{name}.json").write_text(written(table), encoding="utf-8")
    typer.echo(f"{len(tables)} tables, edition {tables['CYP2C19']['edition']}")
