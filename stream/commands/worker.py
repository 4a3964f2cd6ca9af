"""`wardwatch worker`: the service that monitors patients. Roles share the work; `all` runs one process for each."""

import asyncio
import os
import sys
from typing import Annotated, NoReturn

import typer

from stream.access.credentials import CredentialsError
from stream.access.identity_key import IdentityKeyError
from stream.commands.refusal import Refusal, one_sentence, read_settings
from stream.observability.logs import configure, log_unknown_settings
from stream.settings import Role


def command(
    role: Annotated[
        Role | None, typer.Option(help="watch: vital signs; check: images; all: both, in a process each.")
    ] = None,
) -> None:
    """Watch until told to stop (SIGTERM, Ctrl-C), then finish what is in work.

    Settings come from the environment (prefix WARDWATCH_). Exits non-zero when something that it needs is missing, when
    it fails, or when it makes no progress; start it under a supervisor that starts it again.
    """
    settings = read_settings(warn=False)
    role = role or settings.role
    configure(settings.log_level)
    if role != "all":  # with `all`, each role's process says it
        log_unknown_settings()
    with one_sentence(settings):
        if role == "all":
            from stream.worker.supervise import supervise

            _end(supervise(settings.web_port))
        else:
            from stream.access.weights_signature import SignatureError
            from stream.check.sandbox import SandboxMissingError
            from stream.worker.life import NotReadyError, work

            async def work_and_end() -> None:
                _end(await work(settings, role))  # before the loop ends, which would wait for tasks that hang

            try:
                asyncio.run(work_and_end())
            except (
                NotReadyError,
                IdentityKeyError,
                CredentialsError,
                SandboxMissingError,
                SignatureError,
            ) as error:
                raise Refusal(str(error)) from None


def _end(code: int) -> NoReturn:
    """End the process at once, whatever threads and tasks of libraries still run."""
    sys.stderr.flush()
    os._exit(code)
