"""`wardwatch secrets init|grant`: create and grant a deployment's certificates, passwords and access rights."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from stream.access.principals import rights
from stream.commands.extras import needs
from stream.commands.refusal import Refusal, one_sentence, read_settings

app = typer.Typer(help="Certificates, passwords and access rights of a deployment.", no_args_is_help=True)


@app.command()
def init(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="A new or empty folder, outside any repository.")],
) -> None:
    """Make new certificates and passwords. Keep the folder to yourself: who has it has the ward's data."""
    from stream.access.files import SecretsExistError, write_secrets

    with one_sentence():
        try:
            names = write_secrets(folder, datetime.now(UTC))
        except SecretsExistError as error:
            raise Refusal(str(error)) from None
    Console().print(f"{len(names)} secrets written to {folder}", markup=False, highlight=False)


@app.command()
def grant() -> None:
    """Give every principal its rights on the broker, and take from it what it no longer needs."""
    settings = read_settings()
    with needs("rights"):
        from stream.access.grant import GrantError
        from stream.access.grant import grant as grant_rights
    with one_sentence(settings):
        try:
            given, taken = grant_rights(settings, rights())
        except GrantError as error:
            raise Refusal(str(error)) from None
    Console().print(f"{given} rights given, {taken} taken away", highlight=False)
