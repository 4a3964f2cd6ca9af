"""The file of weights of these forecasts: safetensors, whose text metadata rebuilds the network."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

import torch
from pydantic import TypeAdapter

from models import weights_file
from models.risk.checkpoint import ModelError
from models.risk.deterioration.events import HEADS
from models.risk.deterioration.network import FEATURES, DeteriorationNetwork, Shape
from models.weights_manifest import NoWeightsError, WeightsError

FILE: Final = "deterioration.safetensors"
FORMAT: Final = "wardwatch-deterioration-1"
_NAMES: Final = TypeAdapter(list[str])
_SHAPE: Final = TypeAdapter(Shape)
_NUMBERS: Final = TypeAdapter(list[float])
_FIGURES: Final = TypeAdapter(dict[str, float])


@dataclass(frozen=True)
class Trained:
    """A trained network with everything that its use needs; three lists have a number for each head.

    slopes, offsets  Platt calibration: logit of the probability = slope * logit of the network + offset
    notable          the probability from which a risk is worth an explanation
    """

    network: DeteriorationNetwork
    slopes: Sequence[float]
    offsets: Sequence[float]
    notable: Sequence[float]
    data_version: str
    figures: Mapping[str, float]


def save(trained: Trained, folder: Path) -> Path:
    """Write the weights into the folder and return their path; metadata holds text alone, never code."""
    metadata = {
        "format": FORMAT,
        "shape": json.dumps(asdict(trained.network.shape)),
        "features": json.dumps(FEATURES),
        "heads": json.dumps(_heads()),
        "slopes": json.dumps(list(trained.slopes)),
        "offsets": json.dumps(list(trained.offsets)),
        "notable": json.dumps(list(trained.notable)),
        "data_version": trained.data_version,
        "figures": json.dumps(dict(trained.figures)),
    }
    weights_file.write(folder / FILE, trained.network.state_dict(), metadata)
    return folder / FILE


def version_of(path: Path) -> str:
    """Return the version that a file of weights gives its model."""
    return f"{path.stem}-{hashlib.sha256(path.read_bytes()).hexdigest()[:12]}"


def load(folder: Path) -> Trained | None:
    """Read the weights in a folder, None where there are none; raises ModelError where they don't fit this code."""
    try:
        metadata, tensors = weights_file.read(folder / FILE)
    except NoWeightsError:
        return None
    except WeightsError as error:
        raise ModelError(str(error)) from error
    return _rebuilt(metadata, tensors)


def _rebuilt(metadata: Mapping[str, str], tensors: Mapping[str, torch.Tensor]) -> Trained:
    if metadata.get("format") != FORMAT:
        msg = f"{FILE} has the format {metadata.get('format')!r}, this code reads {FORMAT!r}"
        raise ModelError(msg)
    try:
        features, heads = _NAMES.validate_json(metadata["features"]), _NAMES.validate_json(metadata["heads"])
        network = DeteriorationNetwork(_SHAPE.validate_json(metadata["shape"]))
        numbers = [_NUMBERS.validate_json(metadata[name]) for name in ("slopes", "offsets", "notable")]
        network.load_state_dict(dict(tensors))
        figures, data_version = _FIGURES.validate_json(metadata["figures"]), metadata["data_version"]
    except (KeyError, ValueError, RuntimeError) as error:
        msg = f"{FILE} lacks or garbles what this code needs"
        raise ModelError(msg) from error
    if features != list(FEATURES) or heads != _heads() or any(len(one) != len(HEADS) for one in numbers):
        msg = f"{FILE} was trained on other features or for other forecasts than those of this code"
        raise ModelError(msg)
    return Trained(network.eval(), numbers[0], numbers[1], numbers[2], data_version, figures)


def _heads() -> list[str]:
    return [f"{head.name}/{head.horizon_h}h" for head in HEADS]
