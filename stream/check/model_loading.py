"""Loading of models in the sandboxed process: each once, on one thread.

What models need is imported only there: the worker that asks for a verdict needs no torch.
"""

from functools import cache
from pathlib import Path
from typing import Final

from models.fundus import shipped
from stream.check.model_port import Model

LIBRARIES: Final = ("models.lesion.model", "models.fundus.judging")
"""Modules that a sandboxed process imports before its first image, so that no image's time is spent on imports."""


@cache
def load_model(name: str, folder: Path, device: str) -> Model:
    """Return the model of a set, read once in the lifetime of this process. Raises ModelError."""
    import torch  # noqa: PLC0415 - see above

    from models.fundus.judging import RetinaModel  # noqa: PLC0415
    from models.lesion.model import LesionModel  # noqa: PLC0415

    torch.set_num_threads(1)  # the vital signs need the other cores
    if name == shipped.NAME:
        return RetinaModel.load(retina_folder(folder), device)
    return LesionModel.load(name, folder, device)


def retina_folder(folder: Path) -> Path:
    """Return where the model for photographs of the retina lies: in the folder of the others, else as it ships."""
    return folder if (folder / f"{shipped.NAME}.safetensors").exists() else shipped.SHIPPED
