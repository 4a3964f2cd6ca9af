"""The manifest beside files of weights: of each the SHA-256, the version of the model and that of its data.

It is read without torch: a worker that only asks who vouches for its models loads none.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Final

from pydantic import BaseModel, ConfigDict, ValidationError

MANIFEST: Final = "manifest.json"
FORMAT: Final = 1


class WeightsError(Exception):
    """Weights that can't be used; the text is one sentence."""


class NoWeightsError(WeightsError):
    """There is no such file."""


class Entry(BaseModel):
    """What the manifest says of one file."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    sha256: str
    model_version: str
    data_version: str


class Manifest(BaseModel):
    """What the manifest of a folder says of its files, by name."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    format: int = FORMAT
    files: dict[str, Entry]


def manifest_of(folder: Path) -> Manifest:
    """The manifest that lies in a folder; raises WeightsError."""
    path = folder / MANIFEST
    try:
        found = Manifest.model_validate_json(path.read_bytes())
    except FileNotFoundError:
        message = f"{folder} has no {MANIFEST}; `wardwatch weights manifest` makes it"
        raise WeightsError(message) from None
    except (OSError, ValidationError):
        message = f"the {MANIFEST} in {folder} can't be read"
        raise WeightsError(message) from None
    if found.format != FORMAT:
        message = f"the {MANIFEST} in {folder} has format {found.format}; this code reads {FORMAT}"
        raise WeightsError(message)
    return found


def write_manifest(folder: Path, files: Mapping[str, Entry]) -> None:
    """Write the manifest of those of these files that lie in the folder."""
    there = {name: entry for name, entry in sorted(files.items()) if (folder / name).exists()}
    text = Manifest(files=there).model_dump_json(indent=2)
    (folder / MANIFEST).write_text(f"{text}\n", encoding="utf-8")
