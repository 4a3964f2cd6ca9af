"""`wardwatch gateway hl7|fhir|dicom|decode|unknown|refused|trace`: a group that imports its commands when called."""

import typer

from stream.commands import (
    gateway_decode,
    gateway_dicom,
    gateway_fhir,
    gateway_hl7,
    gateway_refused,
    gateway_trace,
    gateway_unknown,
)

app = typer.Typer(help="Take in what a hospital's other systems send, in their own protocols.", no_args_is_help=True)
app.command("hl7")(gateway_hl7.command)
app.command("fhir")(gateway_fhir.command)
app.command("dicom")(gateway_dicom.command)
app.command("decode")(gateway_decode.command)
app.command("unknown")(gateway_unknown.command)
app.add_typer(gateway_refused.app, name="refused")
app.command("trace")(gateway_trace.command)
