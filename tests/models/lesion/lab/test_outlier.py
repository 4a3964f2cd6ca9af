"""What is familiar is learned from a network's own training images."""

import torch

from models.lesion.lab.outlier import fit_training_distribution


def test_distance_is_about_one_inside_and_large_outside() -> None:
    generator = torch.Generator().manual_seed(0)
    targets = torch.arange(400) % 2
    embedding = torch.randn(400, 6, generator=generator) + 5 * targets[:, None]
    familiar = fit_training_distribution(embedding[:300], targets[:300], 2)
    assert 0.7 < float(familiar.distance(embedding[300:]).mean()) < 1.3
    assert float(familiar.distance(torch.full((1, 6), 20.0))) > 30
