"""The models as a reading process has them: each loaded once, on one thread."""

from functools import cache
from pathlib import Path

import torch

from models.lesion.model import LesionModel


@cache
def load_model(name: str, folder: Path, device: str) -> LesionModel:
    """The model of a set, read once in the life of this process. Raises ModelError."""
    torch.set_num_threads(1)  # the vital signs need the other cores
    return LesionModel.load(name, folder, device)
