"""`wardwatch gateway hl7|decode|unknown`: the group. Its commands import what does their work when they are called."""

import typer

from stream.commands import gateway_decode, gateway_hl7, gateway_unknown

app = typer.Typer(help="Take in what a hospital's other systems send, in their own protocols.", no_args_is_help=True)
app.command("hl7")(gateway_hl7.command)
app.command("decode")(gateway_decode.command)
app.command("unknown")(gateway_unknown.command)
