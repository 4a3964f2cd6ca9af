"""`wardwatch bench`: throughput, latency and profile, beside baselines."""

import json
from typing import TYPE_CHECKING, Annotated, Literal

import typer
from rich.console import Console
from rich.table import Table

from stream.commands.extras import needs
from stream.commands.refusal import Refusal, one_sentence, warn_of_unknown_settings

if TYPE_CHECKING:
    from collections.abc import Callable

    from stream.bench.cds_path import CdsResult
    from stream.bench.check_path import CheckResult
    from stream.bench.command_line import CommandLineResult
    from stream.bench.gateway_path import GatewayResult
    from stream.bench.result import Result

    Tell = Callable[[str], None]


Measured = Literal["watch", "check", "gateway", "cds", "cli"]

_CALLS_PER_S = 5.0  # our choice: far more than the clinicians of a ward make


def command(  # noqa: PLR0913 - one for each option
    which: Annotated[Measured | None, typer.Argument(metavar="PATH", help="The same as --path.")] = None,
    *,
    path: Annotated[
        Measured, typer.Option(help="Vital signs, images, the HL7 gateway, CDS Hooks, or the command line.")
    ] = "watch",
    frames: Annotated[int, typer.Option(min=1000, help="Frames that every system reads.")] = 200_000,
    beds: Annotated[int, typer.Option(min=1, help="Patients that they come from.")] = 200,
    every: Annotated[float, typer.Option(min=0.1, help="Seconds of event time between two frames of a bed.")] = 1.0,
    images: Annotated[int, typer.Option(min=16, help="Images of the check path.")] = 240,
    messages: Annotated[int, typer.Option(min=1000, help="Messages of the gateway path.")] = 10_000,
    connections: Annotated[int, typer.Option(min=50, help="Open connections of the gateway path.")] = 1_000,
    calls: Annotated[int, typer.Option(min=100, help="Calls of each service of CDS Hooks.")] = 400,
    repetitions: Annotated[int, typer.Option(min=1, help="Of each system, in turn; medians are reported.")] = 3,
    as_json: Annotated[bool, typer.Option("--json", help="Answer in JSON.")] = False,
) -> None:
    """Measure the watch path beside stock Faust and bare aiokafka: same broker, same frames, a process each.

    With --path check: images a second from announcement to report, beside the bare networks on the same pictures. With
    --path gateway: messages a second and answers of the HL7 gateway, beside a bare reader and a bare confirmed send; a
    backlog of two hours beside live beds; memory under many connections. With --path cds: how long calls of CDS Hooks
    take, with tokens, Redis and all that the templates ask for, and without Redis. With --path cli: processor time of
    help, a typing error and a refused setting, beside Python with nothing to do. What needs a Kafka starts its own
    (Java and Maven; else the embedded broker, and says so) and takes some minutes.
    """
    from stream.observability.logs import configure

    err = Console(stderr=True, highlight=False)
    configure("warning")

    def tell(text: str) -> None:
        err.print(text, style="dim", markup=False)

    warn_of_unknown_settings()
    with one_sentence():
        path = which or path
        if path == "watch":
            _watch(frames, beds, every, repetitions, tell, as_json=as_json)
        elif path == "check":
            _check(images, repetitions, tell, as_json=as_json)
        elif path == "gateway":
            _gateway(messages, connections, repetitions, tell, as_json=as_json)
        elif path == "cds":
            _cds(calls, tell, as_json=as_json)
        else:
            _cli(repetitions, tell, as_json=as_json)


def _watch(frames: int, beds: int, every: float, repetitions: int, tell: "Tell", *, as_json: bool) -> None:
    with needs("embedded"):
        from stream.bench import protocol
        from stream.bench.latency import UnequalError
        from stream.bench.load import Load
        from stream.bench.pace import StalledError
        from stream.stack.server_process import ServerError
    try:
        result = protocol.run(Load(frames, beds, every), repetitions, tell)
    except (ServerError, StalledError, UnequalError) as error:
        raise Refusal(str(error)) from None
    if as_json:
        typer.echo(json.dumps(result.as_json()))
    else:
        _print_watch(result)


def _check(images: int, repetitions: int, tell: "Tell", *, as_json: bool) -> None:
    from stream.bench import check_path

    result = check_path.run(images, repetitions, tell)
    if as_json:
        typer.echo(json.dumps(result.as_json()))
    else:
        _print_check(result)


def _gateway(messages: int, connections: int, repetitions: int, tell: "Tell", *, as_json: bool) -> None:
    with needs("embedded"):
        from stream.bench import gateway_path
        from stream.bench.hl7_load import NotAcceptedError
        from stream.stack.server_process import ServerError
    try:
        result = gateway_path.run(gateway_path.Size(messages, connections=connections), repetitions, tell)
    except (ServerError, NotAcceptedError) as error:
        raise Refusal(str(error)) from None
    if as_json:
        typer.echo(json.dumps(result.as_json()))
    else:
        _print_gateway(result)


def _cds(calls: int, tell: "Tell", *, as_json: bool) -> None:
    with needs("embedded"):
        from stream.bench import cds_path
        from stream.stack.server_process import ServerError
    try:
        result = cds_path.run(calls, _CALLS_PER_S, tell)
    except ServerError as error:
        raise Refusal(str(error)) from None
    if as_json:
        typer.echo(json.dumps(result.as_json()))
    else:
        _print_cds(result)


def _cli(repetitions: int, tell: "Tell", *, as_json: bool) -> None:
    from stream.bench import command_line

    result = command_line.run(repetitions, tell)
    if as_json:
        typer.echo(json.dumps(result.as_json()))
    else:
        _print_cli(result)


def _print_watch(result: "Result") -> None:
    from stream.bench.systems import SYSTEMS

    out = Console(highlight=False)
    load = result.load
    out.print(f"{result.broker} on {result.machine}; {load.frames} frames, {load.beds} beds, one in {load.every_s:g} s")
    table = Table("system", "frames/s", "lowest to highest", "ratio", "CPU per frame")
    ratios = result.ratios()
    for system in SYSTEMS:
        speed = result.speeds[system.name]
        row = (f"{speed.median:,.0f}", f"{speed.lowest:,.0f} to {speed.highest:,.0f}", f"{ratios[system.name]:.2f}")
        table.add_row(f"{system.name}: {system.text}", *row, f"{speed.cpu_us_per_frame:.0f} us")
    out.print(table)
    parts = Table("one frame's processor time in Wardwatch", "us", "share")
    total_us = sum(result.parts_us.values())
    for part, us in sorted(result.parts_us.items(), key=lambda row: -row[1]):
        parts.add_row(part, f"{us:.1f}", f"{us / total_us:.0%}")
    out.print(parts)
    latencies = Table(f"frame to alert at {result.steady_frames_per_s:,.0f} frames/s", "p50 ms", "p99 ms", "alerts")
    for name, latency in result.latencies.items():
        latencies.add_row(name, f"{latency.p50_ms:.0f}", f"{latency.p99_ms:.0f}", str(latency.alerts))
    out.print(latencies)


def _print_check(result: "CheckResult") -> None:
    out = Console(highlight=False)
    out.print(f"{result.images} images, a study each, on {result.machine}, {result.device}")
    table = Table("", "images/s", "lowest to highest", "share", "CPU per image")
    for name, rate in result.rates.items():
        row = (f"{rate.median:,.1f}", f"{rate.lowest:,.1f} to {rate.highest:,.1f}", f"{result.shares()[name]:.3f}")
        table.add_row(name, *row, f"{rate.cpu_ms_per_image:.1f} ms")
    out.print(table)


def _print_gateway(result: "GatewayResult") -> None:
    out = Console(highlight=False)
    ratios = result.ratios
    out.print(f"{result.broker} on {result.machine}; {result.size.beds} beds send at once")
    speeds = Table("", "messages/s", "lowest to highest", "CPU per message")
    for name, speed in result.speeds.items():
        row = (f"{speed.median:,.0f}", f"{speed.lowest:,.0f} to {speed.highest:,.0f}", f"{speed.cpu_us:.0f} us")
        speeds.add_row(name, *row)
    out.print(speeds)
    answers = Table("answers at one message a second and bed", "p50 ms", "p99 ms")
    drain, memory = result.drain, result.memory
    for name, one in {**result.answers, "wardwatch, beside the backlog": drain.live}.items():
        answers.add_row(name, f"{one.p50_ms:.1f}", f"{one.p99_ms:.1f}")
    out.print(answers)
    out.print(
        f"messages/s {ratios['messages_per_s']:.2f} of the bare reader's; answer p50 {ratios['answer_p50']:.1f} x a "
        f"bare confirmed send; {drain.messages:,} messages held back for {result.size.backlog_hours:g} h in "
        f"{drain.took_s:.0f} s, {drain.times_real_time:.0f} x real time, "
        f"live p99 {ratios['live_p99_while_draining']:.1f} x that without"
    )
    out.print(
        f"{memory.connections:,} connections: {memory.before_mib:.0f} MiB before, {memory.open_mib:.0f} open, "
        f"{memory.first_mib:.0f} after their first messages, {memory.last_mib:.0f} after their last"
    )


def _print_cds(result: "CdsResult") -> None:
    out = Console(highlight=False)
    out.print(f"on {result.machine}; {result.per_s:g} calls a second")
    table = Table("service", "calls", "p50 ms", "p99 ms", "cards")
    for name, one in result.took.items():
        table.add_row(name, str(one.calls), f"{one.p50_ms:.1f}", f"{one.p99_ms:.1f}", str(one.cards))
    out.print(table)


def _print_cli(result: "CommandLineResult") -> None:
    out = Console(highlight=False)
    out.print(f"on {result.machine}; Python with nothing to do takes {result.python_cpu_s * 1000:.0f} ms")
    table = Table("", "CPU", "times Python's")
    for name, cpu_s in result.cpu_s.items():
        table.add_row(name, f"{cpu_s * 1000:.0f} ms", f"{result.ratio(name):.0f}")
    out.print(table)
