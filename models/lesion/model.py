"""A shipped lesion model: grey images in; calibrated findings, abstentions and refusals out.

Shapes: B images, C classes.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from models.device import DeviceError, find_device
from models.lesion.admission import choose
from models.lesion.averaging import predict_averaged
from models.lesion.calibration import Floats, is_ambiguous
from models.lesion.network import as_run
from models.lesion.preparation import FLAT, to_square
from models.lesion.saliency import Box, heat, region_box
from models.lesion.sets import SHIPPED
from models.lesion.weights import ModelError, Package, model_names, read_package

__all__ = [
    "SHIPPED",
    "ClassProbability",
    "LesionModel",
    "LesionResult",
    "ModelError",
    "Scores",
    "choose",
    "model_names",
]

AT_ONCE: Final = 32  # images in one forward pass; bounds the memory for a large study


@dataclass(frozen=True)
class ClassProbability:
    """One class and its calibrated probability, 0..1."""

    label: str
    probability: float


@dataclass(frozen=True)
class AdditionalFinding:
    """Something that is or is not there beside the classes, with a probability of its own."""

    label: str
    probability: float
    present: bool  # at or above the model's own threshold


@dataclass(frozen=True)
class LesionResult:
    """A model's result for one image."""

    findings: tuple[ClassProbability, ...]  # one per class of the set; none when refused
    predicted: str | None  # None when it abstained or refused
    abstained: bool  # the conformal set is empty or holds several classes
    refusal: str | None  # one sentence: why the model does not judge this image
    suspicious_probability: float  # sum over the suspicious classes; 0 when refused
    saliency: NDArray[np.float32] | None  # [H, W] of the image, 0..1: of the most probable class, unless it is normal
    box: Box | None  # row0, col0, row1, col1 of the salient region
    additional: tuple[AdditionalFinding, ...] = ()


@dataclass(frozen=True)
class Scores:
    """The numbers behind the results for B images."""

    probabilities: Floats  # [B, C], calibrated
    outlier: Floats  # [B], distance from the training images; refused above the model's threshold
    abstained: NDArray[np.bool_]  # [B]


class LesionModel:
    """An ensemble for one set of images. Not for clinical use."""

    def __init__(self, package: Package, device: torch.device) -> None:
        self.package = package
        self.configuration = package.configuration
        self.name = self.configuration.name
        self.version = self.configuration.version
        self.data_version = self.configuration.data_version
        self.classes = self.configuration.classes
        self.modality = self.configuration.modality
        self.body_parts = self.configuration.body_parts
        self._networks = [as_run(network).to(device) for network in package.networks]
        self._familiar = package.familiar
        self._device = device
        self._suspicious = np.isin(self.classes, self.configuration.suspicious)

    @classmethod
    def load(cls, name: str, folder: Path = SHIPPED, device: str = "auto") -> "LesionModel":
        """Read the model of a set; `device` is auto, cpu or cuda. Raises ModelError when it can't be used."""
        try:
            where = find_device(device)
        except DeviceError as error:
            raise ModelError(str(error)) from error
        return cls(read_package(folder / f"{name}.safetensors"), where)

    def check(self, images: Sequence[NDArray[np.float32]]) -> list[LesionResult]:
        """Judge grey images [H, W] (0..1, each its own size), one result for each in the same order."""
        results: list[LesionResult] = []
        for start in range(0, len(images), AT_ONCE):
            batch = images[start : start + AT_ONCE]
            scores, early = self._look(batch)
            refusals = [self.refusal(image, float(far)) for image, far in zip(batch, scores.outlier, strict=True)]
            top = scores.probabilities.argmax(axis=1)
            normal = self.classes.index(self.configuration.normal)
            shown = np.flatnonzero([one is None for one in refusals] & (top != normal))
            maps = dict(zip(shown.tolist(), self._maps(early, shown, top[shown]), strict=True))
            for row, (image, refusal) in enumerate(zip(batch, refusals, strict=True)):
                saliency = heat(maps[row], *image.shape) if row in maps else None
                results.append(self._result(scores, row, refusal, saliency))
        return results

    def suspicion(self, images: Sequence[NDArray[np.float32]]) -> list[float | None]:
        """Return the suspicious probability of each image, without a map; None where the model does not judge it."""
        scores = self.score(images)
        suspicious = scores.probabilities[:, self._suspicious].sum(axis=1)
        return [
            float(suspicious[row]) if self.refusal(image, float(scores.outlier[row])) is None else None
            for row, image in enumerate(images)
        ]

    def score(self, images: Sequence[NDArray[np.float32]]) -> Scores:
        """Score one batch: mean logits over members, sizes and mirror images, then calibrated."""
        return self._look(images)[0]

    def explain(self, images: Sequence[NDArray[np.float32]], wanted: NDArray[np.intp]) -> list[NDArray[np.float32]]:
        """Return saliency maps for one class of each image (class numbers [B]): B times [H, W], 0..1."""
        _, early = self._look(images)
        maps = self._maps(early, np.arange(len(images)), wanted)
        return [heat(one, *image.shape) for one, image in zip(maps, images, strict=True)]

    @torch.inference_mode()
    def _look(self, images: Sequence[NDArray[np.float32]]) -> tuple[Scores, list[Tensor]]:
        """Return the scores of one batch, and for each network the first stage's activations; see `NetworkOutput`.

        Raises ModelError where a score of an image of numbers is none: it is the model that fails.
        """
        squares = to_square(images, self.configuration.size_px).to(self._device)
        seen = [predict_averaged(network, squares, self.configuration.sides_px) for network in self._networks]
        logits = torch.stack([one.logits for one in seen]).double().mean(0).cpu().numpy()
        distances = self._familiar.distance(seen[0].embedding.cpu()).double().numpy()
        probabilities = self.configuration.scale.probabilities(logits)
        sound = np.isfinite(probabilities).all(axis=1) & np.isfinite(distances)
        if any(np.isfinite(images[row]).all() for row in np.flatnonzero(~sound).tolist()):
            message = f"{self.name} gave a judgement that is not finite"
            raise ModelError(message)
        abstained = is_ambiguous(probabilities, self.configuration.conformal_quantile)
        return Scores(probabilities, distances, abstained), [one.early for one in seen]

    def _maps(self, early: Sequence[Tensor], rows: NDArray[np.intp], wanted: NDArray[np.intp]) -> list[Tensor]:
        """Return the saliency [s, s] of these rows of the batch, each for the class that is wanted of it.

        At the finest size only: coarser ones would blur the map and not move it.
        """
        if not len(rows):
            return []
        half = len(early[0]) // 2
        chosen = torch.from_numpy(np.concatenate([rows, rows + half])).to(self._device)
        classes = torch.from_numpy(np.concatenate([wanted, wanted])).to(self._device)
        total = torch.stack(
            [network.evidence(one[chosen], classes).cpu() for network, one in zip(self._networks, early, strict=True)]
        ).mean(0)
        plain, mirrored = total.chunk(2)
        return list(plain + mirrored.flip(2))

    def refusal(self, image: NDArray[np.float32], distance: float) -> str | None:
        """Return why an image at this distance is not for this model, in one sentence; None when it is."""
        side, smallest = min(image.shape), self.configuration.size_px // 2
        if side < smallest:
            return f"The image is {side} px on its shorter side; {self.name} needs at least {smallest} px."
        if not np.isfinite(image).all():
            return "The image holds values that are not numbers."
        if float(image.std()) < FLAT:
            return "The image is of one grey level and shows nothing."
        if distance > self.configuration.outlier_threshold:
            return f"The image does not look like those that {self.name} was trained on."
        return None

    def _result(
        self, scores: Scores, row: int, refusal: str | None, saliency: NDArray[np.float32] | None
    ) -> LesionResult:
        if refusal is not None:
            return LesionResult((), None, False, refusal, 0.0, None, None)  # noqa: FBT003
        probabilities, abstained = scores.probabilities[row], bool(scores.abstained[row])
        return LesionResult(
            findings=tuple(ClassProbability(c, float(p)) for c, p in zip(self.classes, probabilities, strict=True)),
            predicted=None if abstained else self.classes[int(probabilities.argmax())],
            abstained=abstained,
            refusal=None,
            suspicious_probability=float(probabilities[self._suspicious].sum()),
            saliency=saliency,
            box=None if saliency is None else region_box(saliency),
        )
