"""Fit the outlier check to a network's training images."""

import torch
from sklearn.covariance import LedoitWolf
from torch import Tensor

from models.lesion.outlier import TrainingDistribution


def fit_training_distribution(embedding: Tensor, targets: Tensor, classes: int) -> TrainingDistribution:
    """Fit to the activations [N, E] of training images with class numbers [N]; each class must occur."""
    means = torch.stack([embedding[targets == number].mean(0) for number in range(classes)])
    away = (embedding - means[targets]).double().numpy()
    precision = LedoitWolf(assume_centered=True).fit(away).precision_
    return TrainingDistribution(means.float(), torch.from_numpy(precision).float())
