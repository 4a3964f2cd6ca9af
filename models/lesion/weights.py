"""A set's model on disk: safetensors with the configuration as JSON in its metadata. No pickle."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from pydantic import BaseModel, ConfigDict, ValidationError
from torch import Tensor

from models import weights_file
from models.lesion.calibration import Scale
from models.lesion.network import LesionNetwork, Shape
from models.lesion.outlier import TrainingDistribution
from models.lesion.sets import SHIPPED
from models.weights_manifest import NoWeightsError, WeightsError

FORMAT = 3  # since 3 the scale is that of the mean logits over sides too


@dataclass(frozen=True)
class Figure:
    """One measured number with its 95 % interval; NaN where the images do not define it."""

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class HeldOutFigures:
    """Performance of the members that share a held-out fold on that fold; the scale was fitted there too."""

    images: int
    auc_macro: float
    accuracy: float


class ModelError(Exception):
    """A lesion model that can't be used; the text is one sentence."""


class Configuration(BaseModel):
    """Everything about a model except the weights of its networks."""

    model_config = ConfigDict(frozen=True, extra="forbid", protected_namespaces=())

    format: int = FORMAT
    name: str
    version: str  # 12 hex digits: a digest of the weights
    data_version: str  # of the training images
    classes: tuple[str, ...]
    normal: str
    suspicious: tuple[str, ...]
    modality: tuple[str, ...]
    body_parts: tuple[str, ...]
    sides_px: tuple[int, ...]  # sides of the squares that are predicted, the finest first
    shape: Shape
    members: int
    scale: Scale  # of the mean logits over members, sides and mirror images
    threshold: float  # of the suspicious probability
    conformal_error: float
    conformal_quantile: float
    outlier_threshold: float
    images_by_class: dict[str, int]  # of the training folder, all folds
    recipe: dict[str, str]
    command: str
    minutes: float  # of processor time in training, without pretraining
    held_out: HeldOutFigures
    validation: dict[str, Figure] = {}  # on the test fold; added after the measurement

    @property
    def size_px(self) -> int:
        """Side in px of the finest squares."""
        return self.sides_px[0]


@dataclass(frozen=True)
class Package:
    """The content of a weights file."""

    configuration: Configuration
    networks: tuple[LesionNetwork, ...]
    familiar: TrainingDistribution  # for the first network


def write_package(
    path: Path, configuration: Configuration, members: Sequence[dict[str, Tensor]], familiar: TrainingDistribution
) -> None:
    """Write the networks in half precision, which scores the same, and the rest in single precision."""
    tensors = {"familiar.means": familiar.means, "familiar.precision": familiar.precision}
    for number, member in enumerate(members):
        for name, value in member.items():
            if not name.endswith("num_batches_tracked"):
                tensors[f"{number}.{name}"] = value.half().contiguous()
    weights_file.write(path, tensors, {"configuration": configuration.model_dump_json()})


def add_validation(path: Path, figures: Mapping[str, Figure]) -> None:
    """Add the figures measured with the finished file to it. Raises ModelError when it can't be read."""
    tensors, configuration = _read(path)
    defined = {name: figure for name, figure in figures.items() if not math.isnan(figure.value)}
    measured = configuration.model_copy(update={"validation": defined})
    weights_file.write(path, tensors, {"configuration": measured.model_dump_json()})


def model_names(folder: Path = SHIPPED) -> tuple[str, ...]:
    """Return the names of the sets that have a model in a folder."""
    return tuple(sorted(path.stem for path in folder.glob("*.safetensors")))


def read_package(path: Path) -> Package:
    """Read a model. Raises ModelError when the file and this code do not fit."""
    tensors, configuration = _read(path)
    try:
        networks = tuple(_network(configuration, tensors, number) for number in range(configuration.members))
        familiar = TrainingDistribution(tensors["familiar.means"], tensors["familiar.precision"])
    except (KeyError, RuntimeError) as error:
        message = f"the weights of the lesion model {path.stem!r} do not fit its configuration"
        raise ModelError(message) from error
    return Package(configuration, networks, familiar)


def _read(path: Path) -> tuple[dict[str, Tensor], Configuration]:
    try:
        metadata, tensors = weights_file.read(path)
        configuration = Configuration.model_validate_json(metadata.get("configuration", ""))
    except NoWeightsError as error:
        message = f"there is no lesion model {path.stem!r}"
        raise ModelError(message) from error
    except WeightsError as error:
        message = f"the lesion model {path.stem!r} can't be used: {error}"
        raise ModelError(message) from error
    except ValidationError as error:
        message = f"the configuration of the lesion model {path.stem!r} does not fit this version of the code"
        raise ModelError(message) from error
    if configuration.format != FORMAT:
        message = f"the lesion model {path.stem!r} has format {configuration.format}; this code reads {FORMAT}"
        raise ModelError(message)
    return tensors, configuration


def _network(configuration: Configuration, tensors: dict[str, Tensor], number: int) -> LesionNetwork:
    network = LesionNetwork(configuration.shape)
    start = f"{number}."
    own = {name.removeprefix(start): value.float() for name, value in tensors.items() if name.startswith(start)}
    counters = {name: torch.tensor(0) for name in network.state_dict() if name.endswith("num_batches_tracked")}
    network.load_state_dict(own | counters)
    return network.eval().requires_grad_(requires_grad=False)
