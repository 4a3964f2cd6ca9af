"""`wardwatch gateway hl7`: its options. What it does is imported when called."""

from pathlib import Path
from typing import Annotated, Final

import typer

app = typer.Typer(help="Take in what a hospital's other systems send, in their own protocols.", no_args_is_help=True)

PORT: Final = 2575  # IANA's for HL7


@app.callback()
def gateway() -> None:
    """Take in what a hospital's other systems send, in their own protocols."""


@app.command()
def hl7(
    host: Annotated[str, typer.Option(help="Address to listen at.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port to listen at; 0: a free one.")] = PORT,
    zone: Annotated[
        str | None, typer.Option(help="Zone of time-stamps that state none, e.g. Europe/Berlin; else they are refused.")
    ] = None,
    authority: Annotated[str, typer.Option(help="Who assigned a patient's id in PID-3 that does not say so.")] = "",
    certificate: Annotated[Path | None, typer.Option(help="Certificate chain (PEM); with it, MLLP over TLS.")] = None,
    private_key: Annotated[Path | None, typer.Option(help="Its key (PEM), where the chain's file has none.")] = None,
) -> None:
    """Take in HL7 v2 messages over MLLP: vital signs and results (ORU^R01), admission and discharge (ADT).

    A message is answered AA when the broker has confirmed all its records; AR when the broker is away: send it again;
    AE when the message is at fault, with the place and the reason in ERR. Under AA an ERR names what was left out, and
    the log its place: a known observation in an unknown unit, or without a number, or withdrawn (OBX-11 D or W), or
    that could not be obtained (X). What was sent before of a withdrawn result still counts until a newer one comes; a
    corrected result replaces it, a corrected vital sign of the same moment does not. The patient's id becomes a keyed
    hash: WARDWATCH_IDENTITY_KEY_FILE must name its key, which `wardwatch secrets init` makes. Names are never read.

    Of ADT, A01 begins a stay; A02, A08 and A13 change what they say of it: age, sex, bed, the list of allergies; A03
    and A11 end its alarms. HL7 carries neither the SpO2 scale 2 of NEWS2 nor when the patient came to the unit: send
    these to `patients`, in a record of status "updated". They count until the next A01.
    """
    from stream.commands.gateway_hl7 import serve

    serve(host, port, zone, authority, certificate, private_key)
