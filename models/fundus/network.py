"""The network for photographs of the retina: a frozen trunk, and linear heads over statistics of its stages.

Shapes: B photographs, S side in px, F features, Q questions.
"""

from typing import Final

import torch
from torch import Tensor, nn
from torch.nn import functional

from models.fundus.efficientnet import STAGES, EfficientNetLite0

POOLED: Final = range(2, 7)  # the stages whose statistics the heads see
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
        """Return where the log odds of a question come from: [B, s, s], s = S / 8.

        HiResCAM (Draelos and Carin 2020, arXiv 2011.08891) at the first stage that the head sees: small lesions are
        lost in the later ones.
        """
        with torch.no_grad():
            early = self.trunk(squares)[POOLED[0]]
        with torch.enable_grad():
            early = early.requires_grad_()
            stages = [early, *self.trunk.further(early, POOLED[0] + 1)]
            (gradient,) = torch.autograd.grad(self.head(_pooled(stages))[:, question].sum(), early)
        maps: Tensor = (early * gradient).sum(1).detach()
        return functional.avg_pool2d(maps[:, None], 3, 1, 1)[:, 0]


def _pooled(stages: list[Tensor]) -> Tensor:
    """Return mean, deviation and maximum of each channel, stage after stage."""
    return torch.cat([torch.cat([x.mean((2, 3)), x.flatten(2).std(2), x.amax((2, 3))], dim=1) for x in stages], dim=1)
