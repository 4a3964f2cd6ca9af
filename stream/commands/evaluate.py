"""`wardwatch evaluate risk|alarms|injections|lesion|generator|pathology`: the options. Code is imported when called."""

from pathlib import Path
from typing import Annotated, Literal

import typer

from stream.commands.extras import needs
from stream.commands.train import BUILD, BUILD_CHECKPOINTS, ULTRASOUND

app = typer.Typer(help="Measure a shipped model on data, through the code that the stream runs.", no_args_is_help=True)

Part = Literal["all", "train", "tune", "test"]
"""The parts of the risk model's split, as models.risk.lab.split knows them."""

Device = Annotated[str, typer.Option(help="auto, cpu or cuda")]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object instead of a table.")]


@app.command()
def risk(  # noqa: PLR0913 - a command's options are named one by one
    data: Annotated[
        Path,
        typer.Option(
            help="Stays: a .psv file, a parquet file with patient_id, or a folder of either. "
            "For mortality parquet of samples, or a folder of it, with outcomes*.csv beside it."
        ),
    ],
    predictions: Annotated[Path, typer.Option(help="The parquet file that is written, one row for each hour.")],
    *,
    outcome: Annotated[
        Literal["sepsis", "mortality", "deterioration"],
        typer.Option(
            help="Which model: what it forecasts. deterioration: what the vital signs will show; its truth is made "
            "from the stays themselves, so that any stays do."
        ),
    ] = "sepsis",
    part: Annotated[Part, typer.Option(help="Only the patients of this part of the training's split.")] = "all",
    train: Annotated[Path | None, typer.Option(help="Stays to train the baselines on; slow.")] = None,
    beside: Annotated[
        list[str] | None, typer.Option(metavar="NAME=FOLDER", help="Further weights to compare with; repeatable.")
    ] = None,
    card: Annotated[Path | None, typer.Option(help="Write the model card here, its plots beside it.")] = None,
    model: Annotated[
        Path | None, typer.Option(help="Folder of the model's weights; the shipped ones without it.")
    ] = None,
    site: Annotated[
        Literal["judge", "checked"],
        typer.Option(
            help="judge: as shipped, the model abstains at a hospital whose stays are not like those of its training, "
            "or too few to tell. checked: it speaks everywhere."
        ),
    ] = "judge",
    device: Device = "auto",
    as_json: AsJson = False,
) -> None:
    """Forecast every hour of every stay; where there are labels, measure the forecasts and those of baselines."""
    if outcome == "deterioration":
        with needs("lab"):
            from stream.commands.evaluate_deterioration import Request
            from stream.commands.evaluate_deterioration import run as run_deterioration
        run_deterioration(Request(data, predictions, part, train, card, model, device), as_json=as_json)
        return
    with needs("lab"):
        from stream.commands.evaluate_risk import Asked, run
    run(outcome, Asked(data, predictions, part, train, beside or (), card, model, device, site), as_json=as_json)


@app.command()
def alarms(
    data: Annotated[
        str, typer.Option(help="A .psv file, a parquet file with patient_id, a folder of either, or `simulated`.")
    ],
    *,
    part: Annotated[Part, typer.Option(help="Only the patients of this part of the risk model's split.")] = "all",
    patients: Annotated[
        int | None, typer.Option(min=1, help="The first so many; without it all (simulated: 16).")
    ] = None,
    model: Annotated[
        Path | None, typer.Option(help="Folder of the risk model's weights; the shipped ones without it.")
    ] = None,
    report: Annotated[
        Path | None, typer.Option(metavar="FILE.html", help="Write a page with all tables and plots here.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Play stays through the live rules and count what they sound, what they hold back, and how early they are."""
    with needs("lab"):
        from stream.commands.evaluate_alarms import evaluate
    evaluate(data, part, patients, model, report, as_json=as_json)


@app.command()
def injections(
    data: Annotated[
        Path,
        typer.Option(
            help="Numbers of a monitor, one row a second: a CSV file with the columns record, Time [s], HR, RESP, SpO2 "
            "(BIDMC, doi:10.13026/C2208R).",
            exists=True,
            dir_okay=False,
        ),
    ],
    *,
    records: Annotated[int | None, typer.Option(min=1, help="The first so many; without it all.")] = None,
    seed: Annotated[int, typer.Option(help="The same seed loses the same frames.")] = 1,
    as_json: AsJson = False,
) -> None:
    """Put every alarm condition into recorded numbers, under what monitors do besides, and see what alarms in time.

    Exit status 1 if one does not.
    """
    with needs("lab"):
        from stream.commands.evaluate_injections import evaluate
    evaluate(data, records, seed, as_json=as_json)


@app.command()
def lesion(
    set_name: Annotated[str, typer.Option("--set", help="The set whose model judges.")],
    images: Annotated[
        Path, typer.Option(help="A folder of PNG, JPEG or DICOM files (with or without index.csv) or an npz file.")
    ],
    predictions: Annotated[Path, typer.Option(help="The table that is written, one row for each image.")],
    *,
    weights: Annotated[Path | None, typer.Option(help="Folder of the weights; the shipped ones without it.")] = None,
    device: Device = "auto",
    as_json: AsJson = False,
) -> None:
    """Predict every image; measure too where there are labels."""
    with needs("lab"):
        from stream.commands.evaluate_fundus import evaluate as evaluate_fundus
        from stream.commands.evaluate_lesion import evaluate
    if set_name == "fundus":
        evaluate_fundus(images, predictions, weights, device, as_json=as_json)
        return
    evaluate(set_name, images, predictions, weights, device, as_json=as_json)


@app.command()
def generator(
    data: Annotated[Path, typer.Option(help=f"Folder that holds the folder {ULTRASOUND}.", exists=True)],
    *,
    weights: Annotated[Path, typer.Option(help="Folder of the weights that were trained.")] = BUILD,
    card: Annotated[Path, typer.Option(help="Where the card and its pictures go.")] = BUILD / "card",
    checkpoints: Annotated[Path, typer.Option(help="Where the trained classifiers are kept.")] = BUILD_CHECKPOINTS,
    device: Device = "auto",
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object instead of a sentence.")] = False,
) -> None:
    """Draw images, train small classifiers with and without them, measure, and write the card."""
    with needs("lab"):
        from stream.commands.evaluate_generator import evaluate
    evaluate(data, weights, card, checkpoints, device, as_json=as_json)


@app.command()
def pathology(
    *,
    count: Annotated[int, typer.Option("--reports", min=10, max=100_000, help="How many to write and read.")] = 2000,
    seed: Annotated[int, typer.Option(help="The same seed writes the same reports.")] = 1,
    card_file: Annotated[Path | None, typer.Option("--card", help="Write the card of the reader here.")] = None,
    as_json: AsJson = False,
) -> None:
    """Write reports in the wording that was held out, read them, and count what was found of what they state.

    The reports are generated and no one's; real ones were not at hand.
    """
    from stream.commands.evaluate_pathology import evaluate

    evaluate(count, seed, card_file, as_json=as_json)
