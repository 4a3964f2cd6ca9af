"""The model for photographs of the retina on disk: safetensors with the configuration in its metadata. No pickle."""

from pathlib import Path
from typing import Final

import torch
from pydantic import BaseModel, ConfigDict, ValidationError

from models import weights_file
from models.fundus.network import FundusNetwork
from models.fundus.shipped import NAME
from models.lesion.outlier import TrainingDistribution
from models.lesion.weights import Figure, ModelError
from models.weights_manifest import NoWeightsError, WeightsError

FORMAT: Final = 1


class Curve(BaseModel):
    """Calibration of one question: the log odds are slope * what the network says + offset (Platt 1999)."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    slope: float
    offset: float


class FundusConfiguration(BaseModel):
    """Everything about the model except its weights."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    format: int = FORMAT
    name: str = NAME
    version: str  # 12 hex digits: a digest of the weights
    data_version: str  # of the training photographs
    size_px: int  # of the square that the field of view is read as
    curves: tuple[Curve, ...]  # one for each question of the network
    referable_threshold: float  # of the calibrated probability
    oedema_threshold: float
    conformal_error: float  # of referable or not
    conformal_quantile: float
    outlier_threshold: float
    images_by_grade: tuple[int, ...]
    penalty: float  # of the heads' weights
    trunk: str  # where the trunk's weights come from
    command: str
    validation: dict[str, Figure] = {}  # cross-validated


def write_model(
    path: Path, configuration: FundusConfiguration, network: FundusNetwork, familiar: TrainingDistribution
) -> None:
    """Write the trunk in half precision, the rest in single precision."""
    tensors = {"familiar.means": familiar.means, "familiar.precision": familiar.precision}
    for name, value in network.state_dict().items():
        tensors[name] = (value.half() if name.startswith("trunk.") else value).contiguous()
    weights_file.write(path, tensors, {"configuration": configuration.model_dump_json()})


def read_model(path: Path) -> tuple[FundusConfiguration, FundusNetwork, TrainingDistribution]:
    """Read the model. Raises ModelError when the file and this code do not fit."""
    try:
        metadata, stored = weights_file.read(path)
        configuration = FundusConfiguration.model_validate_json(metadata.get("configuration", ""))
        tensors = {name: tensor.float() for name, tensor in stored.items()}
        familiar = TrainingDistribution(tensors.pop("familiar.means"), tensors.pop("familiar.precision"))
        network = FundusNetwork()
        network.load_state_dict(tensors)
    except NoWeightsError as error:
        message = f"there is no model {path.stem!r}"
        raise ModelError(message) from error
    except WeightsError as error:
        message = f"the model {path.stem!r} can't be used: {error}"
        raise ModelError(message) from error
    except (ValidationError, KeyError, RuntimeError) as error:
        message = f"the model {path.stem!r} does not fit this version of the code"
        raise ModelError(message) from error
    if configuration.format != FORMAT:
        message = f"the model {path.stem!r} has format {configuration.format}; this code reads {FORMAT}"
        raise ModelError(message)
    network.to(memory_format=torch.channels_last)
    return configuration, network.eval().requires_grad_(requires_grad=False), familiar
