"""Training of one member of the ensemble: a student of the trees and of the utility that alarms have.

Shapes: T bins, B stays, N rows, P stays, I inputs of the network.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn.functional import binary_cross_entropy_with_logits

from models.risk.network import Member, Shape

BATCH: Final = 64  # stays
RATE: Final = 2e-3
DECAY: Final = 1e-2
DROPOUT: Final = 0.3
TEACHER_SHARE: Final = 0.7  # of the loss; the rest asks for the utility itself
_LARGEST_GRADIENT: Final = 1.0


@dataclass(frozen=True)
class Lessons:
    """What a student learns from.

    encoded  [N, I]    the network's inputs, from `RiskNetwork.encode`; may lie on disk at half precision
    start    [P + 1]   first row of each stay
    gain     [N]       what an alarm is worth more than silence, from the challenge's utility
    teacher  [N]       probability that the gain is positive, by a teacher that has not seen the patient
    stays    [Q]       indices of the stays to learn from
    """

    encoded: NDArray[np.floating]
    start: NDArray[np.int64]
    gain: NDArray[np.float64]
    teacher: NDArray[np.float32]
    stays: NDArray[np.int64]


def train_member(
    shape: Shape, lessons: Lessons, seed: int, epochs: int, device: torch.device, tick: Callable[[], None]
) -> Member:
    """Train one member from its seed and return it on the CPU; `tick` is called after every epoch."""
    torch.manual_seed(seed)
    generator = np.random.default_rng(seed)
    member = Member(shape, DROPOUT).to(device).train()
    optimiser = torch.optim.AdamW(member.parameters(), RATE, weight_decay=DECAY)
    batches = -(-len(lessons.stays) // BATCH)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, RATE, total_steps=batches * epochs, pct_start=0.1)
    own = np.repeat(np.isin(np.arange(len(lessons.start) - 1), lessons.stays), np.diff(lessons.start))
    typical = float(np.abs(lessons.gain[own]).mean())
    for _ in range(epochs):
        for rows, real in bundle(lessons.start, lessons.stays, generator):
            logits, _ = member(_inputs(lessons.encoded, rows, device), member.blank(rows.shape[1]))
            loss = _loss(logits[torch.from_numpy(real).to(device)], lessons, rows[real], typical)
            optimiser.zero_grad()
            torch.autograd.backward(loss)
            nn.utils.clip_grad_norm_(member.parameters(), _LARGEST_GRADIENT)
            optimiser.step()
            schedule.step()
        tick()
    return member.cpu().eval()


def score(
    member: Member, encoded: NDArray[np.floating], start: NDArray[np.int64], stays: NDArray[np.int64]
) -> NDArray[np.float32]:
    """Return the member's logits [N] for these stays; NaN in every other row."""
    told = np.full(start[-1], np.nan, np.float32)
    device = next(member.parameters()).device
    with torch.inference_mode():
        for rows, real in bundle(start, stays, None):
            logits, _ = member(_inputs(encoded, rows, device), member.blank(rows.shape[1]))
            told[rows[real]] = logits.cpu().numpy()[real]
    return told


def bundle(
    start: NDArray[np.int64], stays: NDArray[np.int64], generator: np.random.Generator | None
) -> Iterator[tuple[NDArray[np.int64], NDArray[np.bool_]]]:
    """Yield batches of stays of like length: rows [T, B] and which of them are real [T, B]; the others repeat row 0.

    With a generator the batches come in a random order and mix a little at their edges; without one, by length.
    """
    hours = np.diff(start)
    jitter = np.zeros(len(stays)) if generator is None else generator.normal(0, 0.1, len(stays))
    order = stays[np.argsort(np.log(hours[stays]) + jitter, kind="stable")]
    batches = [order[at : at + BATCH] for at in range(0, len(order), BATCH)]
    if generator is not None:
        generator.shuffle(batches)
    for batch in batches:
        hour = np.arange(hours[batch].max())[:, None]  # [T, 1]
        real = hour < hours[batch]
        yield np.where(real, start[batch] + hour, start[batch]), real


def _inputs(encoded: NDArray[np.floating], rows: NDArray[np.int64], device: torch.device) -> Tensor:
    """Return the inputs [T, B, I] of rows [T, B]."""
    flat = torch.from_numpy(encoded[rows.ravel()].astype(np.float32))
    return flat.view(*rows.shape, -1).to(device)


def _loss(logits: Tensor, lessons: Lessons, rows: NDArray[np.int64], typical: float) -> Tensor:
    """Teacher's probability and sign of the gain, the latter weighted by the gain's size over its mean."""
    gain = lessons.gain[rows]
    worth = torch.from_numpy((gain > 0).astype(np.float32)).to(logits.device)
    weight = torch.from_numpy((np.abs(gain) / typical).astype(np.float32)).to(logits.device)
    teacher = torch.from_numpy(lessons.teacher[rows]).to(logits.device)
    taught = binary_cross_entropy_with_logits(logits, teacher)
    own = binary_cross_entropy_with_logits(logits, worth, weight)
    return TEACHER_SHARE * taught + (1 - TEACHER_SHARE) * own
