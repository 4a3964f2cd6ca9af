"""`make mutants`: what becomes of each fault, as a table, and those that no test saw."""

import hashlib
import json
import os
import random
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Final

import typer
from rich.console import Console
from rich.table import Table

from tests.mutants.changes import Change, changes
from tests.mutants.judge import BrokenTestsError, Verdict, judge
from tests.mutants.table import GATED, ROOT, TESTS

KNOWN: Final = Path(__file__).with_name("known.jsonl")
"""Faults that may live, a line each: file, where, before, after, and why."""
RESULTS: Final = ROOT / "build" / "mutants" / "results.jsonl"
SURVIVORS: Final = RESULTS.with_name("survivors.txt")

Key = tuple[str, str, str, str]


def main(
    only: Annotated[str, typer.Option(help="Only the files whose path holds this.")] = "",
    files: Annotated[int, typer.Option(min=0, help="At most so many files, drawn by the seed; 0: all.")] = 0,
    sample: Annotated[int, typer.Option(min=0, help="At most so many faults of each, drawn by the seed; 0: all.")] = 0,
    seed: Annotated[int, typer.Option(help="Another seed draws others.")] = 0,
    jobs: Annotated[int, typer.Option(min=1, help="Faults that are tried at the same time.")] = os.cpu_count() or 1,
    *,
    gate: Annotated[
        bool, typer.Option(help="Only files of which all is known; exit 1 if another fault lives.")
    ] = False,
    fresh: Annotated[bool, typer.Option(help="Forget what earlier runs found.")] = False,
    remember: Annotated[bool, typer.Option(help="Write what lives of these files to the known.")] = False,
) -> None:
    """Put small faults into the core, one at a time, and see whether a test fails.

    What was found is kept in build/mutants: a run that was stopped goes on where it was. A fault that was seen counts
    as seen while its file is the same, one that lives is tried again when a test or a builder changed.
    """
    err = Console(stderr=True, highlight=False, soft_wrap=True)
    draw = random.Random(seed)  # noqa: S311 - a sample, no secret
    names = [name for name in (GATED if gate else TESTS) if only in name]
    if files:
        names = sorted(draw.sample(names, min(files, len(names))))
    if fresh:
        RESULTS.unlink(missing_ok=True)
    RESULTS.parent.mkdir(parents=True, exist_ok=True)
    found: dict[str, dict[Change, Verdict]] = {}
    for name in names:
        all_of_it = changes(name, (ROOT / name).read_text(encoding="utf-8"))
        tried = draw.sample(all_of_it, min(sample or len(all_of_it), len(all_of_it)))
        found[name] = _tried(name, sorted(tried, key=lambda fault: fault.number), jobs, err)
    lives = [fault for verdicts in found.values() for fault, verdict in verdicts.items() if verdict == "survived"]
    known = _known()
    _show(found, known)
    new = [fault for fault in lives if fault.key not in known]
    SURVIVORS.write_text("".join(f"{_said(fault, known)}\n" for fault in lives), encoding="utf-8")
    for fault in new if gate else lives:
        typer.echo(_said(fault, known))
    if remember and not sample:
        _remember(known, names, lives)
    if gate and new:
        typer.echo(f"{len(new)} faults live that no test sees and {KNOWN.name} does not know", err=True)
        raise typer.Exit(1)


def _tried(name: str, faults: list[Change], jobs: int, err: Console) -> dict[Change, Verdict]:
    source, tests = _digest([ROOT / name]), _digest(_judges(TESTS[name]))
    verdicts = dict(_earlier(faults, source, tests))
    left = [fault for fault in faults if fault not in verdicts]
    err.print(f"{name}: {len(faults)} faults, {len(left)} to try")
    with RESULTS.open("a", encoding="utf-8") as results:

        def told(fault: Change, verdict: Verdict) -> None:
            if (source, tests) != (_digest([ROOT / name]), _digest(_judges(TESTS[name]))):
                err.print(f"{name} or its tests changed meanwhile: what they said of a fault may be no more true")
                raise typer.Exit(2)
            verdicts[fault] = verdict
            line = {"file": name, "number": fault.number, "source": source, "tests": tests, "verdict": verdict}
            results.write(json.dumps(line) + "\n")
            results.flush()
            if verdict == "survived":
                err.print(f"  lives {fault.line} {fault.where}: {fault.before} -> {fault.after}", markup=False)

        if left:
            try:
                judge(name, TESTS[name], left, jobs, told)
            except BrokenTestsError as error:
                err.print(str(error), markup=False)
                raise typer.Exit(2) from error
    return {fault: verdicts[fault] for fault in faults if fault in verdicts}


def _earlier(faults: Iterable[Change], source: str, tests: str) -> Iterable[tuple[Change, Verdict]]:
    """What an earlier run found that still holds."""
    if not RESULTS.exists():
        return
    holds: dict[tuple[str, int], Verdict] = {}
    for line in RESULTS.read_text(encoding="utf-8").splitlines():
        one = json.loads(line)
        if one["source"] == source and (one["verdict"] != "survived" or one["tests"] == tests):
            holds[one["file"], one["number"]] = one["verdict"]
    for fault in faults:
        if (fault.file, fault.number) in holds:
            yield fault, holds[fault.file, fault.number]


def _judges(tests: Iterable[str]) -> list[Path]:
    """The tests and all builders."""
    paths = [ROOT / test for test in (*tests, "tests/builders")]
    return [file for path in paths for file in (sorted(path.rglob("*.py")) if path.is_dir() else [path])]


def _digest(paths: Iterable[Path]) -> str:
    return hashlib.sha256(b"".join(path.read_bytes() for path in paths)).hexdigest()[:16]


def _known() -> dict[Key, str]:
    if not KNOWN.exists():
        return {}
    lines = [json.loads(line) for line in KNOWN.read_text(encoding="utf-8").splitlines()]
    return {(one["file"], one["where"], one["before"], one["after"]): one["why"] for one in lines}


def _remember(known: dict[Key, str], names: list[str], lives: list[Change]) -> None:
    """The known again: as they were for other files, for these what lives now, with the reasons that were written."""
    others = {key: why for key, why in known.items() if key[0] not in names}
    kept = others | {fault.key: known.get(fault.key, "") for fault in lives}
    lines = [
        json.dumps({"file": file, "where": where, "before": before, "after": after, "why": why}, ensure_ascii=False)
        for (file, where, before, after), why in sorted(kept.items())
    ]
    KNOWN.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")


def _show(found: dict[str, dict[Change, Verdict]], known: dict[Key, str]) -> None:
    table = Table("file", "faults", "killed", "too slow", "live", "of them known", "rate")
    total: Counter[str] = Counter()
    for name, verdicts in found.items():
        counts: Counter[str] = Counter(verdicts.values())
        counts["known"] = sum(fault.key in known for fault, verdict in verdicts.items() if verdict == "survived")
        table.add_row(name, *_row(counts))
        total += counts
    table.add_section()
    table.add_row("all", *_row(total))
    Console(width=130).print(table)


def _row(counts: Counter[str]) -> list[str]:
    tried = counts["killed"] + counts["slow"] + counts["survived"]
    rate = f"{(tried - counts['survived']) / tried:.0%}" if tried else "-"
    return [str(tried), *(str(counts[what]) for what in ("killed", "slow", "survived", "known")), rate]


def _said(fault: Change, known: dict[Key, str]) -> str:
    why = f"  [{known[fault.key] or 'known'}]" if fault.key in known else ""
    return f"{fault.file}:{fault.line} {fault.where}: {fault.before} -> {fault.after}{why}"


if __name__ == "__main__":
    typer.run(main)
