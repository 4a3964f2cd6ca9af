"""Fakes of lesion models and their loader, with a task for the sandboxed process."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from models.lesion.dicom import Limits
from models.lesion.model import ClassProbability, LesionResult
from stream.check.model_port import Model
from stream.check.task import Task
from tests.builders.dicom_files import INSTANCE, STUDY, a_dataset, as_bytes

FOUND = LesionResult(
    findings=(ClassProbability("normal", 0.25), ClassProbability("pneumonia", 0.75)),
    predicted="pneumonia",
    abstained=False,
    refusal=None,
    suspicious_probability=0.75,
    saliency=np.ones((64, 64), dtype=np.float32),
    box=(8, 4, 40, 20),
)


@dataclass(frozen=True)
class Configured:
    threshold: float = 0.75


class FakeModel:
    version = "v1"
    data_version = "d1"

    def __init__(self, result: LesionResult = FOUND, threshold: float = 0.75) -> None:
        self.configuration = Configured(threshold)
        self._result = result
        self.asked: list[int] = []

    def check(self, images: Sequence[NDArray[np.float32]]) -> list[LesionResult]:
        assert {image.dtype for image in images} == {np.dtype(np.float32)}
        self.asked.append(len(images))
        return [self._result for _ in images]

    def suspicion(self, images: Sequence[NDArray[np.float32]]) -> list[float | None]:
        return [float(image.mean()) for image in images]


class Loader:
    def __init__(self, model: Model | None = None) -> None:
        self.asked: list[str] = []
        self._model = model or FakeModel()

    def __call__(self, name: str) -> Model:
        self.asked.append(name)
        return self._model


def a_task(data: bytes | None = None, *, overlay: bool = False, **more: str | None) -> Task:
    task = Task(as_bytes(a_dataset()) if data is None else data, STUDY, INSTANCE, None, None, Limits(), overlay)
    return replace(task, **more)  # type: ignore[arg-type] # the fields' names are the tests' own
