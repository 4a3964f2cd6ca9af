"""`wardwatch deidentify`: write de-identified copies of DICOM files, after PS3.15 annex E."""

import asyncio
import json
import os
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

import typer
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from models.deidentify.blanking import Region
from models.deidentify.file import MOST_BYTES, TOO_LARGE, Deidentified, NotDeidentified, deidentify_file
from models.deidentify.keyed import Keyed
from models.deidentify.profile import METHOD, Options
from stream.access.identity_key import IdentityKeyError, identity_key
from stream.check.reading_process import Reader
from stream.commands.deidentify_pixels import SEARCH, TIMEOUT_S, Look, PixelText, Seen, look_at
from stream.commands.refusal import Refusal, one_sentence

ALREADY_EXISTS: Final = "its output is there already; nothing is overwritten"
UNREADABLE: Final = "it can't be read"
SUSPECTED: Final = "it may have a name burned into its picture: look at it, then blank the place or keep it as it is"
HIDDEN: Final = "something lies in bits of its compressed picture that no pixel needs"
UNSEEN: Final = "its picture could not be looked at for text in it"
NOT_BLANKED: Final = "its picture can't be decoded, so nothing can be blanked"


@dataclass(frozen=True)
class Wishes:
    """What the caller asked for."""

    options: Options
    regions: tuple[Region, ...] = ()  # of every picture, to be blanked
    keep_suspected: bool = False  # write what may show a name all the same


@dataclass
class Counts:
    """Counts of what was done, without anything from the files."""

    written: int = 0
    burned_in: int = 0  # written or not
    unseen: int = 0
    changed: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)


def deidentify(source: Path, target: Path, key_file: Path, wishes: Wishes, *, as_json: bool) -> None:
    """Write a copy of each file that can be de-identified; print the counts; exit with status 1 if any was left out."""
    with one_sentence():
        try:
            keyed = identity_key(key_file)
        except IdentityKeyError as error:
            raise Refusal(str(error)) from None
        if not source.exists():
            message = f"{source} does not exist"
            raise Refusal(message)
        if source.is_dir() and target.resolve().is_relative_to(source.resolve()):
            message = "OUT must lie outside IN"
            raise Refusal(message)
        paths = list(_files(source)) if source.is_dir() else [source]

        def place(done: Deidentified) -> Path:
            folder = target / (done.study_uid or "no-study")
            return folder / f"{done.instance_uid}.dcm" if source.is_dir() else target

        account = asyncio.run(_run(paths, place, keyed, wishes))
    if as_json:
        typer.echo(
            json.dumps(
                {
                    "method": METHOD,
                    "written": account.written,
                    "refused": dict(account.refused),
                    "changed": dict(account.changed),
                    "burned_in_annotation": account.burned_in,
                    "pictures_not_looked_at": account.unseen,
                }
            )
        )
    else:
        _print(account)
    if account.refused:
        raise typer.Exit(1)


async def _run(paths: Sequence[Path], place: Callable[[Deidentified], Path], keyed: Keyed, wishes: Wishes) -> Counts:
    account = Counts()
    console = Console(stderr=True, highlight=False)
    async with Reader(SEARCH, timeout_s=TIMEOUT_S) as reader:
        with Progress(console=console) as progress:
            for path in progress.track(paths, description="de-identify"):
                try:
                    data = _bytes(path)
                    seen = await look_at(Look(data, wishes.regions), reader)
                    done = _deidentified(data, seen, keyed, wishes)
                    account.burned_in += done.burned_in
                    account.unseen += not done.burned_in and seen.text is PixelText.UNSEEN
                    if not wishes.keep_suspected:
                        _refuse_what_is_suspected(done, seen)
                    _write(place(done), done.data)
                except NotDeidentified as refused:
                    account.refused[str(refused)] += 1
                    console.print(f"{path}: {refused}", style="red", markup=False, soft_wrap=True)
                else:
                    account.written += 1
                    account.changed += done.changes
    return account


def _deidentified(data: bytes, seen: Seen, keyed: Keyed, wishes: Wishes) -> Deidentified:
    if wishes.regions and seen.data is None and seen.text is PixelText.UNSEEN:
        raise NotDeidentified(NOT_BLANKED)
    options = replace(wishes.options, pixels=seen.data is not None)
    return deidentify_file(
        data if seen.data is None else seen.data,
        keyed,
        options,
        text_seen=seen.text in {PixelText.TEXT, PixelText.HIDDEN},
    )


def _refuse_what_is_suspected(done: Deidentified, seen: Seen) -> None:
    if seen.text is PixelText.HIDDEN:
        raise NotDeidentified(HIDDEN)
    if done.burned_in:
        raise NotDeidentified(SUSPECTED)
    if seen.text is PixelText.UNSEEN:
        raise NotDeidentified(UNSEEN)


def _files(folder: Path) -> Iterator[Path]:
    """Yield all files below the folder; links are not followed, since they may lead anywhere."""
    for place, folders, names in os.walk(folder):
        folders.sort()
        yield from (path for path in (Path(place, name) for name in sorted(names)) if not path.is_symlink())


def _bytes(path: Path) -> bytes:
    try:
        if path.stat().st_size > MOST_BYTES:
            raise NotDeidentified(TOO_LARGE)
        return path.read_bytes()
    except OSError:
        raise NotDeidentified(UNREADABLE) from None


def _write(path: Path, data: bytes) -> None:
    """Write the file atomically, and never over another. Raises NotDeidentified, OSError."""
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(f"{path.name}.part")
    try:
        unfinished.write_bytes(data)
        path.hardlink_to(unfinished)  # unlike a rename, it fails where a file exists
    except FileExistsError:
        raise NotDeidentified(ALREADY_EXISTS) from None
    finally:
        unfinished.unlink(missing_ok=True)


def _print(account: Counts) -> None:
    out = Console(highlight=False)
    out.print(f"{account.written} files written, {account.refused.total()} left out; {METHOD}")
    for reason, count in account.refused.most_common():
        out.print(f"  {count} left out: {reason}", markup=False)
    table = Table("removed, emptied or replaced", "values")
    for kind, count in sorted(account.changed.items()):
        table.add_row(kind, str(count))
    out.print(table)
    if account.burned_in:
        out.print(
            f"{account.burned_in} may have names burned into their pixels: look at them before you pass any on.",
            style="yellow",
        )
    if account.unseen:
        out.print(
            f"{account.unseen} pictures could not be looked at for text in them: look at those as well.",
            style="yellow",
        )
