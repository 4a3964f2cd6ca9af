"""`wardwatch bench`: how fast, beside what, and where the time goes."""

import json
from typing import Annotated, Literal

import typer
from rich.console import Console
from rich.table import Table

from stream.bench import check_path, protocol
from stream.bench.latency import UnequalError
from stream.bench.load import Load
from stream.bench.pace import StalledError
from stream.bench.result import Result
from stream.bench.systems import SYSTEMS
from stream.commands.refusal import Refusal, one_sentence
from stream.observability.logs import configure
from stream.stack.server_process import ServerError


def command(
    *,
    path: Annotated[Literal["watch", "check"], typer.Option(help="Vital signs, or images.")] = "watch",
    frames: Annotated[int, typer.Option(min=1000, help="Frames that every system reads.")] = 200_000,
    beds: Annotated[int, typer.Option(min=1, help="Patients that they come from.")] = 200,
    every: Annotated[float, typer.Option(min=0.1, help="Seconds of event time between two frames of a bed.")] = 1.0,
    images: Annotated[int, typer.Option(min=16, help="Images of the check path.")] = 240,
    repetitions: Annotated[int, typer.Option(min=1, help="Of each system, in turn; medians are reported.")] = 3,
    as_json: Annotated[bool, typer.Option("--json", help="Answer in JSON.")] = False,
) -> None:
    """Measure the watch path beside stock Faust and bare aiokafka: same broker, same frames, a process each.

    With --path check: images a second from announcement to report, beside the bare networks on the same pictures.
    Starts a Kafka of its own (Java and Maven; else the embedded broker, and says so) and takes some minutes.
    """
    err = Console(stderr=True, highlight=False)
    configure("warning")

    def tell(text: str) -> None:
        err.print(text, style="dim", markup=False)

    with one_sentence():
        try:
            result = (
                check_path.run(images, repetitions, tell)
                if path == "check"
                else protocol.run(Load(frames, beds, every), repetitions, tell)
            )
        except (ServerError, StalledError, UnequalError) as error:
            raise Refusal(str(error)) from None
    if as_json:
        typer.echo(json.dumps(result.as_json()))
    elif isinstance(result, Result):
        _print(result)
    else:
        _print_check(result)


def _print(result: Result) -> None:
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


def _print_check(result: check_path.CheckResult) -> None:
    out = Console(highlight=False)
    out.print(f"{result.images} images, a study each, on {result.machine}, {result.device}")
    table = Table("", "images/s", "lowest to highest", "share", "CPU per image")
    for name, rate in result.rates.items():
        row = (f"{rate.median:,.1f}", f"{rate.lowest:,.1f} to {rate.highest:,.1f}", f"{result.shares()[name]:.3f}")
        table.add_row(name, *row, f"{rate.cpu_ms_per_image:.1f} ms")
    out.print(table)
