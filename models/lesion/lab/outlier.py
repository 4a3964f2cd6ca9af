"""Fit the outlier check to a network's training images."""

import torch
from sklearn.covariance import LedoitWolf
from torch import Tensor

from models.lesion.outlier import Familiar


def fit_familiar(embedding: Tensor, targets: Tensor, classes: int) -> Familiar:
    """Fit to the activations [N, E] of training images with class numbers [N]; each class must occur."""
    means = torch.stack([embedding[targets == number].mean(0) for number in range(classes)])
    away = (embedding - means[targets]).double().numpy()
    precision = LedoitWolf(assume_centered=True).fit(away).precision_
    return Familiar(means.float(), torch.from_numpy(precision).float())
