"""`wardwatch train risk|lesion|generator`: the options. Implementations are imported when the command is called."""

from pathlib import Path
from typing import Annotated, Final, Literal

import typer

from stream.commands.extras import needs

app = typer.Typer(help="From raw data to weights, in one seeded command.", no_args_is_help=True)

ULTRASOUND: Final = "breast_ultrasound"
"""The set that the generators are trained on, as defined in models.generator.material."""
BUILD: Final = Path("build/generator")
BUILD_CHECKPOINTS: Final = BUILD / "checkpoints"

Device = Annotated[str, typer.Option(help="auto, cpu or cuda")]


@app.command()
def risk(
    data: Annotated[
        Path,
        typer.Option(
            help="Folder or file of stays in the form of the PhysioNet/CinC challenge of 2019, for mortality of 2012."
        ),
    ],
    out: Annotated[
        Path | None,
        typer.Option(help="Folder for the weights, else one below build; finished parts wait in it if stopped."),
    ] = None,
    seed: Annotated[int, typer.Option(help="The same seed, stays and machine give the same weights.")] = 0,
    epochs: Annotated[
        int | None, typer.Option(min=1, help="Passes of each student over the stays; the recipe's own without it.")
    ] = None,
    hospital: Annotated[str | None, typer.Option(help="Learn from the stays of this hospital alone.")] = None,
    *,
    outcome: Annotated[
        Literal["sepsis", "mortality", "deterioration"],
        typer.Option(
            help="What is to be forecast. deterioration: what the vital signs will show, whose labels are made from "
            "the stays themselves; its weights belong beside those of sepsis."
        ),
    ] = "sepsis",
    without_clocks: Annotated[
        bool, typer.Option("--without-clocks", help="Leave out ICULOS, HospAdmTime and the record's length.")
    ] = False,
) -> None:
    """Train the risk model: features, teacher, students, calibration. Stopped and started again, it goes on."""
    if outcome == "deterioration":
        with needs("lab"):
            from stream.commands.train_deterioration import run as run_deterioration
        run_deterioration(data, out, seed, epochs, hospital, without_clocks=without_clocks)
        return
    with needs("lab"):
        from stream.commands.train_risk import Asked, run
    run(outcome, Asked(data, out, seed, epochs, hospital, without_clocks=without_clocks))


@app.command()
def lesion(
    data: Annotated[Path, typer.Option(help="Folder that holds one folder for each set.", exists=True)],
    set_name: Annotated[
        str | None, typer.Option("--set", help="Only this set; else all that the folder holds but `fundus`.")
    ] = None,
    out: Annotated[
        Path | None, typer.Option(help="Where the weights go; in place of the shipped ones without it.")
    ] = None,
    checkpoints: Annotated[Path, typer.Option(help="Where an interrupted training goes on from.")] = Path(
        "build/lesion"
    ),
    device: Device = "auto",
) -> None:
    """Train the lesion models: seeded, resumable, on the GPU where there is one."""
    with needs("lab"):
        from stream.commands.train_lesion import train
    train(data, set_name, out, checkpoints, device)


@app.command()
def generator(
    data: Annotated[Path, typer.Option(help=f"Folder that holds the folder {ULTRASOUND}.", exists=True)],
    task: Annotated[Literal["generate", "enhance"] | None, typer.Option(help="Only this; else both.")] = None,
    out: Annotated[Path, typer.Option(help="Where the weights go.")] = BUILD,
    checkpoints: Annotated[Path, typer.Option(help="Where an interrupted training goes on from.")] = BUILD_CHECKPOINTS,
    device: Device = "auto",
) -> None:
    """Train a generator on 10 %, 30 % and 100 % of the training images each, and an enhancer. Seeded, resumable."""
    with needs("lab"):
        from stream.commands.train_generator import train
    train(data, task, out, checkpoints, device)
