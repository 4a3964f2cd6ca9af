"""The network for photographs of the retina: a frozen trunk, and linear heads over statistics of its stages.

Shapes: B photographs, S side in px, F features, Q questions.
"""

from typing import Final

import torch
from torch import Tensor, nn
from torch.nn import functional

from models.fundus.efficientnet import STAGES, EfficientNetLite0

POOLED: Final = range(2, 7)  # the stages whose statistics the heads see
SHOWN: Final = range(2, 5)  # those of them that a map shows
FEATURES: Final = 3 * sum(STAGES[stage][-1] for stage in POOLED)
FAMILIAR: Final = 2 * STAGES[POOLED[0]][-1]  # the first features, which the outlier check sees: means and deviations
QUESTIONS: Final = ("grade_above_0", "grade_above_1", "grade_above_2", "grade_above_3", "oedema")
REFERABLE: Final = QUESTIONS.index("grade_above_1")


class FundusNetwork(nn.Module):
    """Answers each question by the log odds that it is so."""

    def __init__(self) -> None:
        super().__init__()
        self.trunk = EfficientNetLite0()
        self.head = nn.Linear(FEATURES, len(QUESTIONS))

    def features(self, squares: Tensor) -> Tensor:
        """Return the features [B, F] of fields of view [B, 3, S, S], colours of 0 to 1."""
        return _pooled(self.trunk(squares)[POOLED[0] :])

    def evidence(self, squares: Tensor, question: int) -> Tensor:
        """Return where the log odds of a question come from: [B, s, s], s = S / 8, without gradients.

        The head sees mean and deviation of each channel, and both are means over places: of the activation, and of its
        squared distance from the mean by the deviation. What each place adds to them, times the head's weight, is its
        evidence; the early stages of `SHOWN` count, whose cells are small. The maximum is left out: a single place
        decides it. Tried on photographs with outlined lesions, gradient times activation (HiResCAM) was no better than
        chance.
        """
        stages = self.trunk(squares)
        weights = torch.split(self.head.weight[question], [3 * STAGES[stage][-1] for stage in POOLED])
        side = stages[POOLED[0]].shape[-2:]
        total = torch.zeros(len(squares), *side, device=squares.device)
        for stage, of_stage in zip(POOLED, weights, strict=True):
            if stage not in SHOWN:
                continue
            x = stages[stage]
            away = x - x.mean((2, 3), keepdim=True)
            deviation = away.flatten(2).std(2)[..., None, None].clamp_min(1e-6)
            by_mean, by_deviation, _ = of_stage.chunk(3)
            added = torch.einsum("c,bchw->bhw", by_mean, away)
            added = added + torch.einsum("c,bchw->bhw", by_deviation, away.square() / deviation - deviation)
            total += functional.interpolate(added[:, None], size=side, mode="bilinear")[:, 0]
        return total


def _pooled(stages: list[Tensor]) -> Tensor:
    """Return mean, deviation and maximum of each channel, stage after stage."""
    return torch.cat([torch.cat([x.mean((2, 3)), x.flatten(2).std(2), x.amax((2, 3))], dim=1) for x in stages], dim=1)
