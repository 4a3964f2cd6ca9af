"""One file of weights: safetensors, whose text metadata rebuilds the network and says where it comes from."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

import torch
from pydantic import TypeAdapter

from models import weights_file
from models.risk import site
from models.risk.decision import Decision
from models.risk.network import RiskNetwork, Shape
from models.risk.outcome import SEPSIS, Outcome
from models.risk.site import SiteProfile
from models.weights_manifest import NoWeightsError, WeightsError

_NAMES: Final = TypeAdapter(list[str])
_SHAPE: Final = TypeAdapter(Shape)
_DECISION: Final = TypeAdapter(Decision)
_FIGURES: Final = TypeAdapter(dict[str, float])


class ModelError(Exception):
    """A checkpoint that does not fit the code, or a forecast that is no number. The text is one clear sentence."""


@dataclass(frozen=True)
class Checkpoint:
    """A trained network with everything that its use needs.

    outcome       what is forecast, from which features
    network       weights and feature statistics
    decision      threshold, calibration, abstention
    data_version  fingerprint of the stays that the training read
    figures       what was measured on held-out patients, by name
    """

    outcome: Outcome
    network: RiskNetwork
    decision: Decision
    data_version: str
    figures: Mapping[str, float]


def save(checkpoint: Checkpoint, folder: Path) -> Path:
    """Write the checkpoint into the folder and return its path; metadata holds text alone, never code."""
    outcome = checkpoint.outcome
    metadata = {
        "format": outcome.format,
        "shape": json.dumps(asdict(checkpoint.network.shape)),
        "features": json.dumps(outcome.features.names),
        "decision": json.dumps(asdict(checkpoint.decision)),
        "data_version": checkpoint.data_version,
        "figures": json.dumps(dict(checkpoint.figures)),
    }
    weights_file.write(folder / outcome.file, checkpoint.network.state_dict(), metadata)
    return folder / outcome.file


def load(folder: Path, outcome: Outcome = SEPSIS) -> Checkpoint:
    """Read a checkpoint; raises ModelError with the reason where file, metadata or tensors don't fit this code."""
    try:
        metadata, tensors = weights_file.read(folder / outcome.file)
    except NoWeightsError as error:
        msg = f"no weights of the {outcome.name} model: {error}"
        raise ModelError(msg) from error
    except WeightsError as error:
        raise ModelError(str(error)) from error
    return _rebuild(outcome, metadata, tensors)


def load_profile(folder: Path, outcome: Outcome = SEPSIS) -> SiteProfile | None:
    """Read the profile of the training hospitals beside the weights, None where there is none; raises ModelError."""
    try:
        return site.read((folder / site.FILE).read_text(encoding="utf-8"), outcome.features.series)
    except FileNotFoundError:
        return None
    except ValueError as error:
        raise ModelError(str(error)) from error


def version_of(path: Path) -> str:
    """Return the version that a file of weights gives its model: its name and the start of its SHA-256."""
    return f"{path.stem}-lstm-{hashlib.sha256(path.read_bytes()).hexdigest()[:12]}"


def _rebuild(outcome: Outcome, metadata: dict[str, str], tensors: dict[str, torch.Tensor]) -> Checkpoint:
    file, names = outcome.file, outcome.features.names
    if metadata.get("format") != outcome.format:
        msg = f"{file} has the format {metadata.get('format')!r}, this code reads {outcome.format!r}"
        raise ModelError(msg)
    try:
        features = _NAMES.validate_json(metadata["features"])
        shape, decision = _SHAPE.validate_json(metadata["shape"]), _DECISION.validate_json(metadata["decision"])
        data_version, figures = metadata["data_version"], _FIGURES.validate_json(metadata["figures"])
        network = RiskNetwork(shape, outcome.features.flagged)
    except (KeyError, ValueError, RuntimeError) as error:
        msg = f"the metadata of {file} lacks or garbles what this code needs"
        raise ModelError(msg) from error
    if tuple(features) != names or shape.features != len(names):
        msg = f"{file} was trained on {len(features)} features, not on the {len(names)} of this code in its order"
        raise ModelError(msg)
    _fill(file, network, tensors)
    return Checkpoint(outcome, network.eval(), decision, data_version, figures)


def _fill(file: str, network: RiskNetwork, tensors: dict[str, torch.Tensor]) -> None:
    """Copy the tensors into the network, or name the first that does not fit."""
    wanted = network.state_dict()
    for name in sorted(wanted.keys() | tensors.keys()):
        if name not in tensors:
            msg = f"{file} lacks the tensor {name}"
        elif name not in wanted:
            msg = f"{file} holds the tensor {name}, which its shape does not ask for"
        elif tensors[name].shape != wanted[name].shape:
            msg = f"{name} in {file} is {list(tensors[name].shape)}, its shape asks for {list(wanted[name].shape)}"
        elif tensors[name].dtype != wanted[name].dtype:
            msg = f"{name} in {file} holds {tensors[name].dtype}, this code reads {wanted[name].dtype}"
        else:
            continue
        raise ModelError(msg)
    network.load_state_dict(tensors)
