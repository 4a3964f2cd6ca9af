"""Risk LSTM: an ensemble of small recurrent networks that read the rank-transformed features hour by hour.

Shapes: T bins, B patients, F features, I inputs of the network, E embedding, H hidden units, K knots, M members.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import cast

import torch
from torch import Tensor, nn

from models.risk.ranks import Ranks, to_scores

Carry = tuple[Tensor, Tensor]


@dataclass(frozen=True)
class Shape:
    """What a checkpoint must agree on with the code; stored as JSON beside the weights."""

    features: int
    knots: int
    embedding: int
    hidden: int
    members: int


class Member(nn.Module):
    """One network of the ensemble: embedding, LSTM, and a head that reads both."""

    def __init__(self, shape: Shape, inputs: int, dropout: float = 0.0) -> None:
        super().__init__()
        self.embed = nn.Linear(inputs, shape.embedding)
        self.lstm = nn.LSTM(shape.embedding, shape.hidden)
        self.head = nn.Linear(shape.embedding + shape.hidden, 1)
        self.dropout = nn.Dropout(dropout)

    def blank(self, patients: int) -> Carry:
        """Return the carry of patients at admission."""
        zeros = self.head.weight.new_zeros(1, patients, self.lstm.hidden_size)
        return zeros, zeros

    def forward(self, x: Tensor, carry: Carry) -> tuple[Tensor, Carry]:
        """Advance B patients by T bins: T = 1 live, T = a whole stay in training.

        x      [T, B, I]      from `encode`
        carry  2 x [1, B, H]  belongs to the patient, not to the module; zeros at admission
        Returns logits [T, B] of "an alarm is worth more than silence" and the next carry.
        """
        embedded = self.dropout(torch.relu(self.embed(x)))  # [T, B, E]
        hidden, carry = self.lstm(embedded, carry)  # [T, B, H]
        both = torch.cat((embedded, self.dropout(hidden)), dim=-1)
        return self.head(both).squeeze(-1), carry


class RiskNetwork(nn.Module):
    """The ensemble with the statistics of its features. Shapes of these: `models.risk.ranks.Ranks`.

    inputs  I: the features, and a flag for each of the `flagged` ones that tells whether it is unknown
    """

    knots: Tensor
    intercepts: Tensor
    slopes: Tensor

    def __init__(self, shape: Shape, flagged: Sequence[int]) -> None:
        super().__init__()
        self.shape = shape
        self.inputs = shape.features + len(flagged)
        self._flagged = list(flagged)
        self.register_buffer("knots", torch.zeros(shape.features, shape.knots))
        self.register_buffer("intercepts", torch.zeros(shape.features, shape.knots + 1))
        self.register_buffer("slopes", torch.zeros(shape.features, shape.knots + 1))
        self.members = nn.ModuleList(Member(shape, self.inputs) for _ in range(shape.members))

    def ensemble(self) -> list[Member]:
        """Return the members."""
        return [cast("Member", member) for member in self.members]

    @property
    def carry_size(self) -> int:
        """Floats that the ensemble carries from bin to bin for one patient."""
        return 2 * self.shape.hidden * self.shape.members

    def encode(self, features: Tensor) -> Tensor:
        """Return the members' inputs [B, I] of features [B, F]: normal scores, then which key values are unknown."""
        unknown = torch.isnan(features[:, self._flagged]).to(features.dtype)
        return torch.cat((to_scores(features, self.knots, self.intercepts, self.slopes), unknown), dim=1)

    def columns(self, features: Collection[int]) -> list[int]:
        """Return the positions in the members' inputs of these features and of their flags."""
        flags = range(self.shape.features, self.inputs)
        return [*features, *(flag for flag, at in zip(flags, self._flagged, strict=True) if at in features)]

    def set_ranks(self, ranks: Ranks) -> None:
        """Take over the transform fitted to the training data."""
        self.knots.copy_(torch.from_numpy(ranks.knots))
        self.intercepts.copy_(torch.from_numpy(ranks.intercepts))
        self.slopes.copy_(torch.from_numpy(ranks.slopes))

    def forward(self, features: Tensor, carry: Tensor) -> tuple[Tensor, Tensor]:
        """Advance B patients by one bin: features [B, F] and carry [B, M * 2 * H] give logits [B, M], next carry."""
        x = self.encode(features)[None]
        logits, carries = [], []
        for member, own in zip(self.ensemble(), carry.chunk(self.shape.members, dim=1), strict=True):
            short, cell = own[None].chunk(2, dim=2)
            logit, (short, cell) = member(x, (short.contiguous(), cell.contiguous()))
            logits.append(logit[0])
            carries += [short[0], cell[0]]
        return torch.stack(logits, dim=1), torch.cat(carries, dim=1)
