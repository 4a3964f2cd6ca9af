"""Files of weights (safetensors) and the manifest beside them: what is loaded is what was measured, whole and finite.

`manifest.json` names for each file of its folder the SHA-256, the version of the model and that of its data. A file
that it does not name, or names with another hash, is no model. Against whoever can write the manifest too, its
signature helps (stream/access/weights_signature.py), where the site has a key.
"""

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Final, NamedTuple

import torch
from safetensors import SafetensorError
from safetensors.torch import load, save
from torch import Tensor

from models.weights_manifest import (
    MANIFEST,
    Entry,
    Manifest,
    NoWeightsError,
    WeightsError,
    manifest_of,
    write_manifest,
)

_LENGTH_BYTES: Final = 8  # of the header, at the begin of a safetensors file


class Weights(NamedTuple):
    """The content of a file: its text metadata and its tensors, by name."""

    metadata: dict[str, str]
    tensors: dict[str, Tensor]


def read(path: Path) -> Weights:
    """Read a file of weights that the manifest beside it names. Raises WeightsError.

    Weights that are not finite, or zeros alone, are no trained model's.
    """
    content = _content(path)
    found = _parsed(path, content)
    _expect(path, content)
    for name, tensor in found.tensors.items():
        if not bool(torch.isfinite(tensor).all()):
            message = f"{name} in {path.name} is not finite"
            raise WeightsError(message)
    matrices = [tensor for tensor in found.tensors.values() if tensor.ndim > 1]
    if matrices and not any(bool(one.any()) for one in matrices):
        message = f"the weights in {path.name} are zero all over"
        raise WeightsError(message)
    return found


def write(path: Path, tensors: Mapping[str, Tensor], metadata: dict[str, str]) -> None:
    """Write a file of weights, and what the manifest beside it says of it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    content = save({name: tensor.contiguous() for name, tensor in tensors.items()}, metadata)
    path.write_bytes(content)
    there = path.with_name(MANIFEST).exists()
    files = manifest_of(path.parent).files if there else {}
    write_manifest(path.parent, files | {path.name: _entry(path, content)})


def make_manifest(folder: Path) -> Manifest:
    """Write the manifest of the weights in a folder as they are now. Raises WeightsError where one can't be read."""
    made = manifest_as_is(folder)
    write_manifest(folder, made.files)
    return made


def manifest_as_is(folder: Path) -> Manifest:
    """What the manifest of a folder would say of its files as they are now; raises WeightsError."""
    paths = sorted(folder.glob("*.safetensors"))
    if not paths:
        message = f"there are no weights in {folder}"
        raise NoWeightsError(message)
    return Manifest(files={path.name: _entry(path, _content(path)) for path in paths})


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError as error:
        message = f"{path.name} is missing"
        raise NoWeightsError(message) from error
    except OSError as error:
        message = f"{path.name} can't be read"
        raise WeightsError(message) from error


def _parsed(path: Path, content: bytes) -> Weights:
    try:
        return Weights(_metadata(content), load(content))
    except (SafetensorError, ValueError, KeyError, RecursionError) as error:
        message = f"{path.name} can't be read as safetensors"
        raise WeightsError(message) from error


def _metadata(content: bytes) -> dict[str, str]:
    """The text metadata, which the library gives of files alone and not of bytes."""
    size = int.from_bytes(content[:_LENGTH_BYTES], "little")
    header = json.loads(content[_LENGTH_BYTES : _LENGTH_BYTES + size])
    return dict(header.get("__metadata__", {})) if isinstance(header, dict) else {}


def _expect(path: Path, content: bytes) -> None:
    """Raise WeightsError where the manifest says otherwise."""
    entry = manifest_of(path.parent).files.get(path.name)
    if entry is None:
        message = f"the manifest does not name {path.name}"
        raise WeightsError(message)
    if entry != _entry(path, content):
        message = f"{path.name} is not the file that the manifest names"
        raise WeightsError(message)


def _entry(path: Path, content: bytes) -> Entry:
    """What is to be said of a file: its versions as it states them, else the begin of its hash."""
    said, digest = _parsed(path, content).metadata, hashlib.sha256(content).hexdigest()
    try:
        more = json.loads(said.get("configuration", "{}"))
    except ValueError:
        more = {}
    stated = {**said, **(more if isinstance(more, dict) else {})}
    version, data_version = stated.get("version", digest[:12]), stated.get("data_version", "")
    return Entry(sha256=digest, model_version=str(version), data_version=str(data_version))
