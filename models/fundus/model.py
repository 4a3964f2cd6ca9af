"""The shipped model for photographs of the retina: colours in; grades, oedema, abstentions and refusals out."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch.nn import functional

from models.device import DeviceError, find_device
from models.fundus.field import DARK, Field
from models.fundus.grades import FundusScores, calibrated
from models.fundus.network import FAMILIAR, REFERABLE
from models.fundus.shipped import NAME, SHIPPED
from models.fundus.weights import read_model
from models.lesion.calibration import is_ambiguous
from models.lesion.image import Colours
from models.lesion.weights import ModelError

RIM: Final = 3  # cells of the map at the edge of the field; our choice, as the next
RIM_SHARE: Final = 0.5  # of a cell that may be dark


@dataclass(frozen=True, eq=False)
class FundusResult:
    """The result for one photograph. Where it was refused for the picture's sake alone, the scores are there still."""

    scores: FundusScores | None  # of one photograph; None where no field of view is to be found
    grade: int | None  # the mean grade, rounded; None when it refused
    is_referable: bool  # at or above the model's own threshold
    has_oedema: bool  # the same
    abstained: bool  # referable and not referable are both likely, or neither
    refusal: str | None  # one sentence
    saliency: NDArray[np.float32] | None  # [H, W], 0 to 1: what speaks for referable retinopathy; None where none is


class FundusModel:
    """Not for clinical use."""

    def __init__(self, folder: Path = SHIPPED, device: str = "auto") -> None:
        """Read the model. Raises ModelError when it can't be used."""
        try:
            self._device = find_device(device)
        except DeviceError as error:
            raise ModelError(str(error)) from error
        self.configuration, network, self._familiar = read_model(folder / f"{NAME}.safetensors")
        self.network = network.to(self._device)

    def check(self, colours: Colours, *, explain: bool = True) -> FundusResult:
        """Judge one photograph [H, W, 3], red, green and blue of 0 to 1; raises ModelError for a score that is none."""
        field, known = Field(colours), self.configuration
        objection = field.objection()
        if field.across_px == 0 or not np.isfinite(colours).all():
            return FundusResult(None, None, False, False, True, objection, None)  # noqa: FBT003
        square = field.square(known.size_px).to(self._device)
        with torch.inference_mode():
            features = torch.cat([self.network.features(one) for one in (square, square.flip(3))])
            log_odds = self.network.head(features).mean(0, keepdim=True).double().cpu().numpy()
            distance = float(self._familiar.distance(features.mean(0, keepdim=True)[:, :FAMILIAR].cpu())[0])
        if not (np.isfinite(log_odds).all() and np.isfinite(distance)):
            message = f"{NAME} gave a judgement that is not finite"
            raise ModelError(message)
        scores = calibrated(log_odds, known.curves)
        if objection is None and distance > known.outlier_threshold:
            objection = "The photograph does not look like those that the model was trained on."
        likely = np.column_stack([1 - scores.referable, scores.referable])
        is_referable = objection is None and bool(scores.referable[0] >= known.referable_threshold)
        abstained = objection is not None or bool(is_ambiguous(likely, known.conformal_quantile)[0])
        return FundusResult(
            scores=scores,
            grade=None if objection is not None else round(float(scores.expected_grade()[0])),
            is_referable=is_referable,
            has_oedema=objection is None and bool(scores.oedema[0] >= known.oedema_threshold),
            abstained=abstained,
            refusal=objection,
            saliency=self.explain(field) if explain and is_referable else None,
        )

    @torch.inference_mode()
    def explain(self, field: Field) -> NDArray[np.float32]:
        """Return where the log odds of referable retinopathy come from: [H, W] of the photograph, the maximum 1.

        The rim of the field of view is left out: the step to the dark surround is an edge and no finding.
        """
        square = field.square(self.configuration.size_px).to(self._device)
        plain = self.network.evidence(square, REFERABLE)[0]
        mirrored = self.network.evidence(square.flip(3), REFERABLE)[0]
        positive = (plain + mirrored.flip(1)).clamp_min(0).cpu()
        within = functional.interpolate((square.amax(1, keepdim=True) > DARK).float(), size=positive.shape, mode="area")
        rim = functional.max_pool2d(1 - within.cpu(), 2 * RIM + 1, 1, RIM)[0, 0]
        shown = field.unsquare(positive * (rim < RIM_SHARE))
        strongest = float(shown.max())
        return shown / np.float32(strongest) if strongest > 0 else shown
