"""The port to a lesion model, as the sandboxed process uses it."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from models.lesion.model import LesionResult


class ModelConfiguration(Protocol):
    """Configuration of a trained model."""

    @property
    def threshold(self) -> float: ...  # noqa: D102 - of the suspicious probability


class Model(Protocol):
    """Port to a lesion model."""

    version: str
    data_version: str

    @property
    def configuration(self) -> ModelConfiguration: ...  # noqa: D102

    def check(self, images: Sequence[NDArray[np.float32]]) -> "list[LesionResult]": ...  # noqa: D102

    def suspicion(self, images: Sequence[NDArray[np.float32]]) -> list[float | None]: ...  # noqa: D102
