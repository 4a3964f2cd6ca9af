"""`wardwatch gateway dicom`: take in images by C-STORE and STOW-RS, and announce each study when it is quiet."""

import asyncio
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Final

import typer

from stream.access.identity_key import IdentityKeyError
from stream.commands import tls
from stream.commands.refusal import Refusal, one_sentence, read_settings
from stream.commands.senders import Authority, Fillers, SameAuthority, conventions, lasting_key
from stream.dicom_door.limits import Limits
from stream.dicom_door.room import Bounds
from stream.observability.logs import configure, log_unknown_settings
from stream.settings import secret

PORT: Final = 11112  # IANA's for DICOM, beside 104, which needs a privilege
_LIMITS: Final = Limits()
_BOUNDS: Final = Bounds()
_MIB: Final = 2**20
_QUIET_S: Final = 30.0  # archives take a study for complete after a minute or less (Orthanc: 60 s); our choice


def command(  # noqa: PLR0913 - one for each option
    store: Annotated[
        Path,
        typer.Option(metavar="DIR", help="Where images are kept; below one of the workers' WARDWATCH_IMAGE_ROOTS."),
    ],
    host: Annotated[str, typer.Option(help="Address to listen at.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port to listen at; 0: a free one.")] = PORT,
    *,
    title: Annotated[
        str, typer.Option(help="Our application entity title; who calls another is not let in.")
    ] = "WARDWATCH",
    caller: Annotated[
        list[str] | None,
        typer.Option(metavar="AE", help="Title of a sender; with it, others are not let in. Repeatable."),
    ] = None,
    stow_port: Annotated[
        int | None, typer.Option(min=0, max=65535, help="Port for STOW-RS (POST /studies); 0: a free one. Else none.")
    ] = None,
    stow_token_file: Annotated[
        Path | None, typer.Option(help="File of a secret; with it, only its bearer may store by STOW-RS.")
    ] = None,
    peer: Annotated[
        list[str] | None,
        typer.Option(
            metavar="AE=HOST:PORT",
            help="Where a sender is called back with the result of a storage commitment; else it is told on its own "
            "association. Repeatable.",
        ),
    ] = None,
    archive: Annotated[
        str | None,
        typer.Option(metavar="AE=HOST:PORT", help="Archive to which the DICOM SR of each report goes by C-STORE."),
    ] = None,
    archive_tls: Annotated[
        bool, typer.Option("--archive-tls", help="By TLS, with our certificate, to who has one of --client-ca.")
    ] = False,
    as_source: Annotated[
        bool,
        typer.Option("--as-source", help="Under the patient and study of its images, by name; else as a pseudonym's."),
    ] = False,
    reports: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Where the workers keep reports (WARDWATCH_IMAGE_OUTPUT).")
    ] = None,
    quiet_s: Annotated[
        float, typer.Option(min=0, help="A study without a new image for so long is announced.")
    ] = _QUIET_S,
    authority: Authority = "",
    same_authority: SameAuthority = None,
    nobody: Fillers = None,
    certificate: Annotated[Path | None, typer.Option(help="Certificate chain (PEM); with it, DICOM over TLS.")] = None,
    private_key: tls.PrivateKey = None,
    client_ca: tls.ClientCa = None,
    largest_mib: Annotated[float, typer.Option(min=0.001, help="The largest image.")] = _BOUNDS.instance_bytes / _MIB,
    store_mib: Annotated[float, typer.Option(min=0.001, help="How much may be kept; then A700.")] = _BOUNDS.all_bytes
    / _MIB,
    free_mib: Annotated[
        float, typer.Option(min=0, help="How much of the disk must stay free; else A700.")
    ] = _BOUNDS.free_bytes / _MIB,
    keep_days: Annotated[
        float | None,
        typer.Option(min=0, help="Remove studies so long after they were announced; then no storage is committed to."),
    ] = None,
    most_connections: Annotated[int, typer.Option(min=1, help="Connections at once.")] = _LIMITS.connections,
    most_of_one: Annotated[int, typer.Option(min=1, help="Of these, from one address.")] = _LIMITS.of_one,
    slow_s: Annotated[
        float, typer.Option(min=0.1, help="So long a PDU may take from its first byte to its last.")
    ] = _LIMITS.pdu_s,
    idle_s: Annotated[
        float, typer.Option(min=0.1, help="An association without a PDU for so long is aborted.")
    ] = _LIMITS.idle_s,
    seen_as: Annotated[
        Path | None, typer.Option(metavar="DIR", help="The folder's name where workers read it, if it is another.")
    ] = None,
) -> None:
    """Take in images by C-STORE or STOW-RS, and announce each study on `imaging-ready` when it is quiet.

    An image is answered with success when it is on disk; with A700 when there is no room: send it again. It is kept
    under keyed hashes of patient, study and instance, as it came, for its owner's eyes alone. Each study without a new
    image for --quiet-s makes one event with all its pictures and their hashes; a late one makes another. What was
    received and not yet announced when the gateway ended is announced after its next start.

    The patient's id and the whole of who assigned it (0010,0020), (0010,0021), (0010,0024) become the same keyed hash
    as in HL7 messages: WARDWATCH_IDENTITY_KEY_FILE must name its key, which `wardwatch secrets init` makes.
    """
    settings = read_settings(warn=False)
    configure(settings.log_level)
    log_unknown_settings()
    from stream.commands import gateway_dicom_serving as serving
    from stream.dicom_door.storage import silence_libraries
    from stream.dicom_door.store import Store, StoreError

    silence_libraries()
    with one_sentence(settings):
        try:
            key = lasting_key(settings)
            reading = conventions(key, None, None, authority, same_authority, nobody)
            limits = replace(_LIMITS, connections=most_connections, of_one=most_of_one, pdu_s=slow_s, idle_s=idle_s)
            bounds = Bounds(int(largest_mib * _MIB), int(store_mib * _MIB), int(free_mib * _MIB))
            security = tls.security(certificate, private_key, client_ca)
            back = tls.outgoing(certificate, private_key, client_ca)
            peers = dict(map(serving.peer_of, peer or ()))
            called = serving.Called((host, port), title, tuple(caller or ()), security, peers, back)
            out = serving.out_of(archive, reports, back, is_secure=archive_tls, as_source=as_source)
            by_http = serving.ByHttp(stow_port, secret(stow_token_file), slow_s)
            with ExitStack() as open_until_the_end:
                kept = Store(store, bounds, seen_as)
                open_until_the_end.callback(kept.close)
                asyncio.run(serving.serve(settings, reading, kept, limits, called, by_http, out, quiet_s, keep_days))
        except (IdentityKeyError, StoreError) as error:
            raise Refusal(str(error)) from None
