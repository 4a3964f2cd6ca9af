"""Loading of models in the sandboxed process: each once, on one thread.

What models need is imported only there: the worker that asks for a verdict needs no torch.
"""

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from models.lesion.model import LesionModel

LIBRARIES: Final = ("models.lesion.model",)
"""Modules that a sandboxed process imports before its first image, so that no image's time is spent on imports."""


@cache
def load_model(name: str, folder: Path, device: str) -> "LesionModel":
    """Return the model of a set, read once in the lifetime of this process. Raises ModelError."""
    import torch  # noqa: PLC0415 - see above

    from models.lesion.model import LesionModel  # noqa: PLC0415

    torch.set_num_threads(1)  # the vital signs need the other cores
    return LesionModel.load(name, folder, device)
