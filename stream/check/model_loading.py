"""Loading of models in the sandboxed process: each once, on one thread.

What models need is imported only there: the worker that asks for a verdict needs no torch.
"""

from collections.abc import Callable, Sequence
from functools import cache, partial
from pathlib import Path
from typing import Final

from pydantic import TypeAdapter

from models.fundus import shipped
from stream.check.channel import Exchange
from stream.check.judge import judge
from stream.check.model_port import Model
from stream.check.task import Task
from stream.check.verdict import Verdict

LIBRARIES: Final = ("models.lesion.model", "models.fundus.judging")
"""Modules that a sandboxed process imports before its first image, so that no image's time is spent on imports."""
EXCHANGE: Final = Exchange(TypeAdapter(Task), TypeAdapter(list[Verdict]), files=("data",))
"""How images are asked about, and what may be answered."""


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


def shipped_judge(
    folder: str, device: str
) -> tuple[Exchange[Task, Verdict], Callable[[Sequence[Task]], list[Verdict]]]:
    """Return how to ask, and the judge by the models in a folder, each of which is loaded when it is first asked.

    A GPU is opened at once: that takes calls of the kernel that no image needs.
    """
    import torch  # noqa: PLC0415 - see above

    if device != "cpu" and torch.cuda.is_available():
        torch.zeros(1, device="cuda")
    return EXCHANGE, partial(judge, load=partial(load_model, folder=Path(folder), device=device))


def retina_folder(folder: Path) -> Path:
    """Return where the model for photographs of the retina lies: in the folder of the others, else as it ships."""
    return folder if (folder / f"{shipped.NAME}.safetensors").exists() else shipped.SHIPPED
