"""Flow matching: a network learns the velocity along straight paths from noise to images (arXiv 2210.02747)."""

from collections.abc import Callable
from typing import Final

import torch
from torch import Generator, Tensor
from torch.nn import functional

from models.generator.network import FlowNetwork

GREY_MEAN: Final = 0.33  # about the mean of these images: the flow then starts from noise of the same scale
GREY_DEVIATION: Final = 0.22
FORGETTING: Final = 0.1  # share of labels hidden in training, as classifier-free guidance needs it
GUIDANCE: Final = 1.5  # strength (Ho and Salimans 2022, arXiv 2207.12598); low, for variety; our choice
STEPS: Final = 12  # of Heun's method, two evaluations of the network each
AT_ONCE: Final = 50


def velocity_loss(network: FlowNetwork, squares: Tensor, labels: Tensor, generator: Generator) -> Tensor:
    """Return the mean squared error of the velocity for images [B, 1, S, S] (0..1) of classes [B] at random times.

    Times are drawn mostly from the middle, where the velocity is hardest to predict (Esser et al. 2024, arXiv
    2403.03206, section 3.1).
    """
    device, count = squares.device, len(squares)
    images = (squares - GREY_MEAN) / GREY_DEVIATION
    noise = torch.randn(images.shape, generator=generator).to(device)
    time = torch.randn(count, generator=generator).sigmoid().to(device)
    hidden = (torch.rand(count, generator=generator) < FORGETTING).to(device)
    between = torch.lerp(noise, images, time[:, None, None, None])
    told = torch.where(hidden, network.any_class, labels)
    return functional.mse_loss(network(between, time, told), images - noise)


@torch.inference_mode()
def draw(
    network: FlowNetwork, labels: Tensor, size_px: int, seed: int, tell: Callable[[int], None] = lambda _: None
) -> Tensor:
    """Generate one image of each of these classes [N]: [N, 1, S, S], 0..1; `tell` is called with each batch's size."""
    generator = torch.Generator().manual_seed(seed)
    device = next(network.parameters()).device
    drawn = []
    for part in torch.split(labels, AT_ONCE):
        x = torch.randn(len(part), 1, size_px, size_px, generator=generator).to(device)
        drawn.append(_follow(network, x, part.to(device)).cpu())
        tell(len(part))
    return (torch.cat(drawn) * GREY_DEVIATION + GREY_MEAN).clamp(0, 1)


def _follow(network: FlowNetwork, x: Tensor, labels: Tensor) -> Tensor:
    both = torch.cat([labels, torch.full_like(labels, network.any_class)])

    def velocity(place: Tensor, time: float) -> Tensor:
        times = torch.full((len(both),), time, device=place.device)
        towards, anywhere = network(torch.cat([place, place]), times, both).chunk(2)
        guided: Tensor = anywhere + GUIDANCE * (towards - anywhere)
        return guided

    for step in range(STEPS):
        here = velocity(x, step / STEPS)
        ahead = x + here / STEPS
        if step + 1 == STEPS:  # at time 1 nothing but the image is left, and training hardly ever sampled it
            return ahead
        x = x + (here + velocity(ahead, (step + 1) / STEPS)) / (2 * STEPS)
    return x
