"""The network of these forecasts: a small LSTM that reads vital signs without any clock, and a head for each.

Shapes: T bins, B patients, F features, I inputs, E embedding, H hidden units, K knots, Y heads.
"""

from dataclasses import dataclass
from typing import Final

import torch
from torch import Tensor, nn

from models.risk.features import SEPSIS
from models.risk.inputs import INPUTS
from models.risk.ranks import Ranks, to_scores

_UNUSUAL: Final = "etco2_mmhg"  # measured at few hospitals, and there of few patients
_VITALS: Final = tuple(one.name for one in INPUTS if one.kind == "vital" and one.name != _UNUSUAL)
_KINDS: Final = (
    *("last", "since", "change"),
    *(f"{kind}_{window}h" for window in (5, 12) for kind in ("mean", "low", "high", "sd")),
)
FEATURES: Final = (
    *(f"{name}.{kind}" for kind in _KINDS for name in _VITALS),
    *("shock_index", "modified_shock_index", "pulse_pressure_mmhg", "age_years"),
)
"""What it reads of the running features: no time in intensive care, no ward, no laboratory value, no order of tests."""
INPUT_NAMES: Final = (*_VITALS, "age_years")
"""The inputs behind them."""
READ: Final = tuple(SEPSIS.names.index(name) for name in FEATURES)
"""Their places among all of them."""
_FLAGGED: Final = tuple(FEATURES.index(f"{name}.last") for name in _VITALS)
INPUTS_READ: Final = len(FEATURES) + len(_FLAGGED)


@dataclass(frozen=True)
class Shape:
    """What a file of weights must agree on with the code; stored as JSON beside the weights."""

    features: int
    knots: int
    embedding: int
    hidden: int
    heads: int


class DeteriorationNetwork(nn.Module):
    """Embedding, LSTM, and heads that read both, with the statistics of the features."""

    knots: Tensor
    intercepts: Tensor
    slopes: Tensor
    read: Tensor
    flagged: Tensor

    def __init__(self, shape: Shape, dropout: float = 0.0) -> None:
        super().__init__()
        self.shape = shape
        self.register_buffer("knots", torch.zeros(shape.features, shape.knots))
        self.register_buffer("intercepts", torch.zeros(shape.features, shape.knots + 1))
        self.register_buffer("slopes", torch.zeros(shape.features, shape.knots + 1))
        self.register_buffer("read", torch.tensor(READ), persistent=False)
        self.register_buffer("flagged", torch.tensor(_FLAGGED), persistent=False)
        self.embed = nn.Linear(shape.features + len(_FLAGGED), shape.embedding)
        self.lstm = nn.LSTM(shape.embedding, shape.hidden)
        self.head = nn.Linear(shape.embedding + shape.hidden, shape.heads)
        self.dropout = nn.Dropout(dropout)

    @property
    def carry_size(self) -> int:
        """Floats that are carried from bin to bin for one patient."""
        return 2 * self.shape.hidden

    def set_ranks(self, ranks: Ranks) -> None:
        """Take over the transform fitted to the training data."""
        self.knots.copy_(torch.from_numpy(ranks.knots))
        self.intercepts.copy_(torch.from_numpy(ranks.intercepts))
        self.slopes.copy_(torch.from_numpy(ranks.slopes))

    def encode(self, features: Tensor) -> Tensor:
        """Return the inputs [B, I] of features [B, F]: normal scores, then which vital signs are unknown."""
        unknown = torch.isnan(features.index_select(1, self.flagged)).to(features.dtype)
        return torch.cat((to_scores(features, self.knots, self.intercepts, self.slopes), unknown), dim=1)

    def unroll(self, x: Tensor, carry: tuple[Tensor, Tensor] | None = None) -> tuple[Tensor, tuple[Tensor, Tensor]]:
        """Advance B patients by T bins: x [T, B, I] from `encode`, carry 2 x [1, B, H], none at admission.

        Returns uncalibrated logits [T, B, Y] and the next carry.
        """
        embedded = self.dropout(torch.relu(self.embed(x)))
        hidden, carry = self.lstm(embedded, carry)
        return self.head(torch.cat((embedded, self.dropout(hidden)), dim=-1)), carry

    def forward(self, features: Tensor, carry: Tensor) -> tuple[Tensor, Tensor]:
        """Advance B patients by one bin: features [B, F] and carry [B, 2 * H] give logits [B, Y] and the next carry."""
        short, cell = (part[None].contiguous() for part in carry.chunk(2, dim=1))
        logits, (short, cell) = self.unroll(self.encode(features)[None], (short, cell))
        return logits[0], torch.cat((short[0], cell[0]), dim=1)
