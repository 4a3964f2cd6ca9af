"""`wardwatch weights list|manifest|sign`: which models there are, and who vouches for them."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.table import Table

from stream.commands.refusal import Refusal, one_sentence, read_settings

if TYPE_CHECKING:
    from models.weights_manifest import Manifest

app = typer.Typer(help="Files of weights: what is loaded, and who vouches for it.", no_args_is_help=True)
Folder = Annotated[Path, typer.Argument(metavar="DIR", help="A folder of .safetensors files.")]


@app.callback()
def weights() -> None:
    """Files of weights: what is loaded, and who vouches for it."""


@app.command("list")
def listed(
    folders: Annotated[
        list[Path] | None,
        typer.Argument(metavar="[DIR]...", help="Folders of .safetensors files; else those that a worker loads here."),
    ] = None,
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Print them as JSON.")] = False,
) -> None:
    """Show each file of weights with its versions; fail where one is not what its manifest says, or is not signed.

    With WARDWATCH_WEIGHTS_KEY_FILE (an Ed25519 public key in PEM) the key's holder must have signed each manifest.
    """
    from stream.access.weights_signature import SignatureError, check_signature

    settings = read_settings()
    found: dict[Path, Manifest] = {}
    with one_sentence(settings):
        for folder in folders or _loaded(settings.risk_folder, settings.lesion_folder):
            try:
                check_signature(folder, settings.weights_key_file)
            except SignatureError as error:
                raise Refusal(str(error)) from None
            found[folder] = _verified(folder)
    if as_json:
        typer.echo(json.dumps({str(folder): one.model_dump()["files"] for folder, one in found.items()}))
        return
    table = Table("file", "model version", "data version", "SHA-256")
    for folder, one in found.items():
        for name, entry in one.files.items():
            table.add_row(
                f"{folder.parent.name}/{name}", entry.model_version, entry.data_version[:12], entry.sha256[:12]
            )
    Console().print(table)


@app.command()
def manifest(
    folder: Folder,
    *,
    check: Annotated[
        bool, typer.Option("--check", help="Write nothing; fail where the manifest is not up to date.")
    ] = False,
) -> None:
    """Write manifest.json: the hash of every file, the version of its model and of its data.

    Training writes it by itself. No model is loaded that it does not name. A signature that was made before no longer
    holds.
    """
    from models.weights_file import make_manifest
    from models.weights_manifest import MANIFEST, WeightsError

    with one_sentence():
        if check:
            _verified(folder)
            return
        try:
            made = make_manifest(folder)
        except WeightsError as error:
            raise Refusal(str(error)) from None
    Console().print(f"{len(made.files)} files in {folder / MANIFEST}", markup=False, highlight=False, soft_wrap=True)


@app.command()
def sign(
    folder: Folder,
    *,
    private_key: Annotated[
        Path, typer.Option(help="An Ed25519 private key in PEM: openssl genpkey -algorithm ed25519")
    ],
) -> None:
    """Sign the manifest of a folder, after a look whether it is up to date.

    A worker that is given the public key (openssl pkey -in KEY -pubout; WARDWATCH_WEIGHTS_KEY_FILE) loads no others.
    """
    from stream.access.weights_signature import SignatureError
    from stream.access.weights_signature import sign as signed

    with one_sentence():
        _verified(folder)
        try:
            target = signed(folder, private_key)
        except SignatureError as error:
            raise Refusal(str(error)) from None
    Console().print(f"signed: {target}", markup=False, highlight=False, soft_wrap=True)


def _verified(folder: Path) -> "Manifest":
    from models.weights_file import manifest_as_is
    from models.weights_manifest import WeightsError, manifest_of

    try:
        stated, there = manifest_of(folder), manifest_as_is(folder)
    except WeightsError as error:
        raise Refusal(str(error)) from None
    differing = sorted(name for name in stated.files | there.files if stated.files.get(name) != there.files.get(name))
    if differing:
        sentence = f"in {folder} the manifest and the files differ: {', '.join(differing)}"
        raise Refusal(sentence)
    return stated


def _loaded(risk: Path | None, lesion: Path | None) -> tuple[Path, ...]:
    from models.fundus.shipped import SHIPPED as FUNDUS
    from models.lesion.sets import SHIPPED as LESION
    from models.risk.model import SHIPPED as RISK

    return (risk or RISK, *((lesion,) if lesion else (LESION, FUNDUS)))
