"""Logistic regression as a baseline that any outcome is compared with."""

from typing import Final

from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import QuantileTransformer

_SEED: Final = 2019


def rank_regression(rows: int) -> Pipeline:
    """Logistic regression on normal scores of the ranks of so many rows; what was never measured is their median."""
    ranks = QuantileTransformer(
        output_distribution="normal", n_quantiles=min(200, rows), subsample=50_000, random_state=_SEED
    )
    imputed = SimpleImputer(strategy="constant", fill_value=0.0, keep_empty_features=True)
    return make_pipeline(ranks, imputed, LogisticRegression(C=0.01, solver="newton-cholesky"))
