"""`wardwatch schema export`: write the contract of the topics to files."""

import json
from importlib.metadata import version
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from schemas.export import asyncapi, document_schemas, json_schemas
from stream.commands.refusal import one_sentence

app = typer.Typer(help="The contract: what each topic carries.", no_args_is_help=True)


@app.callback()
def schema() -> None:
    """The contract: what each topic carries."""


@app.command()
def export(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Where the files go; made if it is not there.")],
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Name the written files as JSON.")] = False,
) -> None:
    """Write TOPIC.schema.json for every topic (JSON Schema 2020-12) and asyncapi.json (AsyncAPI 3.0.0).

    plan.schema.json is of what `wardwatch suggest --json` prints, lung-nodule.schema.json of what a patient's file may
    hold beside the topics.
    """
    schemas = json_schemas() | document_schemas()
    documents = {f"{name}.schema.json": document for name, document in schemas.items()}
    documents["asyncapi.json"] = asyncapi(version("wardwatch"))
    with one_sentence():
        folder.mkdir(parents=True, exist_ok=True)
        for name, document in documents.items():
            (folder / name).write_text(json.dumps(document, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    if as_json:
        typer.echo(json.dumps({"folder": str(folder), "files": sorted(documents)}))
    else:
        Console().print(f"{len(documents)} files written to {folder}", markup=False, highlight=False)
