"""Weights of a generator or an enhancer on disk: safetensors with the configuration as JSON in the metadata."""

import hashlib
from pathlib import Path
from typing import Literal, TypeVar

import torch
from pydantic import BaseModel, ConfigDict, ValidationError

from models import weights_file
from models.generator.network import EnhancerNetwork, FlowNetwork, Shape
from models.weights_manifest import NoWeightsError, WeightsError

Net = TypeVar("Net", FlowNetwork, EnhancerNetwork)


class GeneratorError(Exception):
    """A weights file that can't be used; the text is one sentence."""


class Configuration(BaseModel):
    """Everything about a network except its weights."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    task: Literal["generate", "enhance"]
    version: str  # 12 hex digits: a digest of the weights
    data_version: str  # digest of the folder of images
    images: int  # number of training images
    size_px: int
    shape: Shape
    command: str


def write(
    path: Path, network: FlowNetwork | EnhancerNetwork, shape: Shape, *, data_version: str, images: int, size_px: int
) -> Configuration:
    """Write a network in half precision; return the configuration that the file carries."""
    tensors = {name: value.detach().cpu().half().contiguous() for name, value in network.state_dict().items()}
    digest = hashlib.sha256(b"".join(tensors[name].numpy().tobytes() for name in sorted(tensors))).hexdigest()[:12]
    task: Literal["generate", "enhance"] = "generate" if isinstance(network, FlowNetwork) else "enhance"
    configuration = Configuration(
        task=task,
        version=digest,
        data_version=data_version,
        images=images,
        size_px=size_px,
        shape=shape,
        command=f"wardwatch train generator --data DIR --task {task}",
    )
    weights_file.write(path, tensors, {"configuration": configuration.model_dump_json()})
    return configuration


def read_generator(path: Path, device: torch.device) -> tuple[FlowNetwork, Configuration]:
    """Read a generator. Raises GeneratorError when the file holds none or does not fit this code."""
    tensors, configuration = _read(path, "generate")
    return _filled(FlowNetwork(configuration.shape), tensors, path).to(device), configuration


def read_enhancer(path: Path, device: torch.device) -> tuple[EnhancerNetwork, Configuration]:
    """Read an enhancer. Raises GeneratorError when the file holds none or does not fit this code."""
    tensors, configuration = _read(path, "enhance")
    return _filled(EnhancerNetwork(configuration.shape), tensors, path).to(device), configuration


def _read(path: Path, task: str) -> tuple[dict[str, torch.Tensor], Configuration]:
    try:
        metadata, stored = weights_file.read(path)
        configuration = Configuration.model_validate_json(metadata.get("configuration", ""))
        tensors = {name: tensor.float() for name, tensor in stored.items()}
    except NoWeightsError as error:
        message = f"there is no {path.name}; wardwatch train generator makes it"
        raise GeneratorError(message) from error
    except WeightsError as error:
        raise GeneratorError(str(error)) from error
    except ValidationError as error:
        message = f"{path.name} is not a file of weights that this version reads"
        raise GeneratorError(message) from error
    if configuration.task != task:
        message = f"{path.name} was trained to {configuration.task}, not to {task}"
        raise GeneratorError(message)
    return tensors, configuration


def _filled(network: Net, tensors: dict[str, torch.Tensor], path: Path) -> Net:
    try:
        network.load_state_dict(tensors)
    except RuntimeError as error:
        message = f"the weights in {path.name} do not fit their configuration"
        raise GeneratorError(message) from error
    return network.eval().requires_grad_(requires_grad=False)
