"""The members of an ensemble, which are students of boosted trees: what they read, how one learns, what it says.

The student never sees a label. Trees that have not seen a patient tell what the labels of the others say about such a
patient, without the noise of the patient's own label: learning the labels too, by 0.3 of the loss, was worse on
patients of the tuning part (utility 0.44 against 0.45, loss weighted by the utility 0.48 against 0.46). On a fold that
neither trees nor student saw, the squared difference in log odds and batches of 16 brought one student nearer to its
trees (AUROC + 0.003 to 0.004); three of them together were no better than three of these (correlation of scores 0.993).

Shapes: T bins, B stays, N rows, P stays, F features, I inputs of the network.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn.functional import binary_cross_entropy_with_logits

from models.risk.network import Member, RiskNetwork, Shape

BATCH: Final = 64  # stays
RATE: Final = 2e-3
DECAY: Final = 1e-2
DROPOUT: Final = 0.1
_LARGEST_GRADIENT: Final = 1.0
_PIECE: Final = 50_000  # rows encoded at once


@dataclass(frozen=True)
class Lessons:
    """What a student learns from.

    encoded  [N, I]    the network's inputs, from `encode`
    start    [P + 1]   first row of each stay
    teacher  [N]       probability that an alarm is worth more than silence, by trees that have not seen the patient
    stays    [Q]       indices of the stays to learn from
    """

    encoded: NDArray[np.floating]
    start: NDArray[np.int64]
    teacher: NDArray[np.float32]
    stays: NDArray[np.int64]


def encode(network: RiskNetwork, table: NDArray[np.float16], on_row: Callable[[int], None]) -> NDArray[np.float16]:
    """Return the members' inputs [N, I] for every row of the features [N, F]; `on_row` is told how many are done."""
    encoded = np.empty((len(table), network.inputs), np.float16)
    with torch.inference_mode():
        for at in range(0, len(table), _PIECE):
            piece = torch.from_numpy(table[at : at + _PIECE].astype(np.float32))
            encoded[at : at + _PIECE] = network.encode(piece).numpy()
            on_row(at + len(piece))
    return encoded


def train_member(
    shape: Shape, lessons: Lessons, seed: int, epochs: int, device: torch.device, on_epoch: Callable[[int], None]
) -> Member:
    """Train one member from its seed and return it on the CPU; `on_epoch` is told how many are done."""
    torch.manual_seed(seed)
    generator = np.random.default_rng(seed)
    member = Member(shape, lessons.encoded.shape[1], DROPOUT).to(device).train()
    optimiser = torch.optim.AdamW(member.parameters(), RATE, weight_decay=DECAY)
    batches = -(-len(lessons.stays) // BATCH)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, RATE, total_steps=batches * epochs, pct_start=0.1)
    for epoch in range(1, epochs + 1):
        for rows, real in bundle(lessons.start, lessons.stays, generator):
            logits, _ = member(_inputs(lessons.encoded, rows, device), member.blank(rows.shape[1]))
            taught = torch.from_numpy(lessons.teacher[rows[real]]).to(device)
            loss = binary_cross_entropy_with_logits(logits[torch.from_numpy(real).to(device)], taught)
            optimiser.zero_grad()
            torch.autograd.backward(loss)
            nn.utils.clip_grad_norm_(member.parameters(), _LARGEST_GRADIENT)
            optimiser.step()
            schedule.step()
        on_epoch(epoch)
    return member.cpu().eval()


def score(
    member: Member, encoded: NDArray[np.floating], start: NDArray[np.int64], stays: NDArray[np.int64]
) -> NDArray[np.float32]:
    """Return the member's logits [N] for these stays; NaN in every other row."""
    scores = np.full(start[-1], np.nan, np.float32)
    device = next(member.parameters()).device
    with torch.inference_mode():
        for rows, real in bundle(start, stays, None):
            logits, _ = member(_inputs(encoded, rows, device), member.blank(rows.shape[1]))
            scores[rows[real]] = logits.cpu().numpy()[real]
    return scores


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
