"""`wardwatch gateway decode`: what the gateway would make of messages in files."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, Final

import typer
from rich.console import Console
from rich.table import Table

from stream.access.identity_key import IdentityKeyError, identity_key
from stream.commands.refusal import Refusal, one_sentence, read_settings
from stream.commands.senders import (
    Authority,
    Fillers,
    IdAuthority,
    IdSystem,
    ProfileName,
    SameAuthority,
    Zone,
    conventions,
    profile_named,
)

_THROWAWAY: Final = b"wardwatch gateway decode: no secret"
"""Without a key of the site, pseudonyms that are the same in every dry run and stand for nobody on the topics."""


def command(  # noqa: PLR0913 - one for each option
    path: Annotated[
        Path,
        typer.Argument(
            help="A file or a folder: HL7 messages as they are, in MLLP blocks, or a whole stream of bytes; or FHIR R4."
        ),
    ],
    *,
    profile: ProfileName = None,
    zone: Zone = None,
    authority: Authority = "",
    same_authority: SameAuthority = None,
    nobody: Fillers = None,
    id_authority: IdAuthority = "",
    id_system: IdSystem = "",
    allow_test: Annotated[
        bool, typer.Option("--allow-test", help="Take test data, too: MSH-11 T or D, HTEST.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a message, each on a line.")] = False,
) -> None:
    """Show what the gateway would make of messages: no network, nothing sent, nothing kept.

    Of each message: the answer (AA taken, AE at fault), the records as they would go on their topics and under whom,
    what is told of it (the answer's ERR segments), alarms of the monitor, and the observations that became no value.
    Try a vendor's samples here first; where codes are not known, write a profile and name its file with --profile. The
    files of a folder are read by their names as one feed: an admission in one says who is in a bed in the next.

    A file that begins with { is read as FHIR R4: a resource, a Bundle, or NDJSON. Of each resource the answer is the
    status of HTTP (200 taken, 422 never), and the place of what is told an element. Nothing is fetched.

    Pseudonyms are those of the live gateway if WARDWATCH_IDENTITY_KEY_FILE names its key, else of no use but to tell
    patients apart. The output names patients as the messages do: treat it like them.
    """
    from models.deidentify.keyed import Keyed
    from stream.fhir_door.dry_run import decoded_json, is_json
    from stream.fhir_door.reading import Reading, Stays
    from stream.gateway.dry_run import decoded_file, files
    from stream.gateway.memory import Memory

    settings = read_settings()
    err = Console(stderr=True, highlight=False, markup=False)
    with one_sentence(settings):
        try:
            key = identity_key(settings.identity_key_file) if settings.identity_key_file else Keyed(_THROWAWAY)
        except IdentityKeyError as error:
            raise Refusal(str(error)) from None
        reading = conventions(key, profile, zone, authority, same_authority, nobody, takes_tests=allow_test)
        fhir = profile_named(profile or "fhir")
        as_fhir = Reading(reading, fhir, Memory(), Stays(), id_authority, id_system)
        for file in files(path):
            content = file.read_bytes()
            found = (
                decoded_json(file, content, as_fhir)
                if is_json(content)
                else decoded_file(file, content, reading, as_fhir.memory)
            )
            for one in found:
                if isinstance(one, str):
                    err.print(one, style="yellow", soft_wrap=True)
                elif as_json:
                    typer.echo(json.dumps(one.as_json, ensure_ascii=False))
                else:
                    _print(one.as_json)


def _print(said: dict[str, Any]) -> None:
    console = Console(highlight=False, markup=False)
    head = f"{said['file']} #{said['index']}  control id {said['control_id'] or '(none)'}  profile {said['profile']}"
    console.print(f"{head}  {said['ack']}", style="bold", soft_wrap=True)
    table = Table("what", "where", "content", show_edge=False)
    for row in _rows(said):
        table.add_row(*row)
    console.print(table)


def _rows(said: dict[str, Any]) -> Iterator[tuple[str, str, str]]:
    for one in said["records"]:
        record = one["record"]
        values = ", ".join(f"{name} {value}" for name, value in record.items() if name not in {"patient", "time"})
        yield f"record {one['topic']}", one["patient_of"], f"{record['time']}  {values}"
    for one in said["told"]:
        yield "told", one["place"], f"{one['code']} {one['sentence']}"
    for one in said["alarms"]:
        yield "alarm", one["place"], f"{one['code']} {one['said']}"
    for one in said["unused"]:
        yield "not used", one["place"], f"{one['code']}: {one['why']}"
