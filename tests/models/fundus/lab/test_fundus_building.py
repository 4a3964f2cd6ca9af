"""The heads find what the features say, folds keep groups whole, and a stopped run goes on where it was."""

from pathlib import Path

import numpy as np
import pytest
import torch
from sklearn.metrics import cohen_kappa_score

from models.fundus.lab.building import answers_of, cross_validate, fit_curves, fit_heads, folds_of
from models.fundus.lab.data import Photographs, read_photographs
from models.fundus.lab.evaluation import figures, quadratic_kappa
from models.fundus.lab.features import features_of
from models.fundus.network import FAMILIAR, FEATURES, FundusNetwork
from models.lesion.lab.data import DataError
from tests.builders.fundus_pictures import a_folder_of_retinas


def some_features(grades: np.ndarray) -> np.ndarray:
    chance = np.random.default_rng(1)
    features = chance.standard_normal((len(grades), FAMILIAR + 40)).astype(np.float32)
    features[:, FAMILIAR:] += 0.5 * grades[:, None]
    return 5 * features + 3


def some_photographs(count: int) -> Photographs:
    grades = np.arange(count) % 5
    names = tuple(map(str, range(count)))
    groups = tuple(f"g{number // 10}" for number in range(count))
    return Photographs(Path(), names, grades, grades > 2, groups)


def test_heads_calibration_and_figures_follow_the_features() -> None:
    photographs = some_photographs(300)
    assert photographs.grades is not None
    features, answers = some_features(photographs.grades), answers_of(photographs)
    weights, offsets = fit_heads(features, answers)
    assert ((features @ weights.T + offsets > 0) == answers).mean() > 0.8
    validated = cross_validate(features, answers, folds_of(photographs), features[:, :8])
    measured = figures(
        validated.scores, photographs.grades, photographs.oedema, photographs.groups, (0.5, 0.5), draws=20
    )
    assert measured["auc_referable"].value > 0.95
    assert measured["kappa_quadratic"].value > 0.8
    assert measured["calibration_error_referable"].value < 0.1
    assert measured["auc_oedema"].low < measured["auc_oedema"].value < measured["auc_oedema"].high
    assert 0.2 < validated.plain["only 8 x 8 px"] < 0.8  # these eight say nothing


def test_the_kappa_is_that_of_others_and_undefined_for_one_grade() -> None:
    chance = np.random.default_rng(0)
    truth, given = chance.integers(0, 5, (2, 60))
    assert quadratic_kappa(truth, given) == pytest.approx(cohen_kappa_score(truth, given, weights="quadratic"))
    assert quadratic_kappa(truth, truth) == 1
    assert np.isnan(quadratic_kappa(truth[:1], truth[:1]))


def test_what_says_nothing_is_not_learnt_across_folds() -> None:
    photographs = some_photographs(200)
    features = np.random.default_rng(2).standard_normal((200, FAMILIAR + 20)).astype(np.float32)
    validated = cross_validate(features, answers_of(photographs), folds_of(photographs), features)
    assert photographs.grades is not None
    measured = figures(validated.scores, photographs.grades, None, photographs.groups, (0.5, 0.5), draws=2)
    assert measured["auc_referable"].value < 0.65
    assert "auc_oedema" not in measured


def test_a_group_is_never_split() -> None:
    photographs = some_photographs(200)
    folds = folds_of(photographs)
    for group in set(photographs.groups):
        assert len({int(fold) for fold, own in zip(folds, photographs.groups, strict=True) if own == group}) == 1
    assert set(folds.tolist()) == set(range(10))


def test_curves_undo_a_wrong_scale() -> None:
    chance = np.random.default_rng(0)
    true = chance.normal(0, 2, 20_000)
    right = chance.random(20_000) < 1 / (1 + np.exp(-true))
    (curve,) = fit_curves((3 * true - 1)[:, None], right[:, None])
    assert curve.slope == pytest.approx(1 / 3, abs=0.03)
    assert curve.offset == pytest.approx(1 / 3, abs=0.06)


@pytest.mark.timeout(200)
def test_a_stopped_run_goes_on_and_other_photographs_begin_anew(tmp_path: Path) -> None:
    photographs = read_photographs(a_folder_of_retinas(tmp_path / "in", 3))
    torch.manual_seed(0)
    network = FundusNetwork().eval()
    told: list[int] = []

    def run(found: Photographs) -> np.ndarray:
        told.clear()
        return features_of(network, found, 64, tmp_path / "features.npz", lambda done, _: told.append(done))

    first = run(photographs)
    assert first.shape == (3, FEATURES)
    assert told == [1, 2, 3]
    assert np.array_equal(run(photographs), first)
    assert told == []
    fewer = read_photographs(a_folder_of_retinas(tmp_path / "fewer", 2))
    assert np.allclose(run(fewer), first[:2])
    assert told == [1, 2]


def test_a_folder_without_grades_can_be_read_and_not_trained_on(tmp_path: Path) -> None:
    photographs = read_photographs(a_folder_of_retinas(tmp_path / "in", 2, graded=False))
    assert photographs.files == ("images/000.png", "images/001.png")
    with pytest.raises(DataError, match="dr_grade and dme_risk"):
        answers_of(photographs)
    for index, reason in (
        ("file,dr_grade\na.png,x\n", "no number"),
        ("file,dr_grade\na.png,7\n", "0 to 4"),
        ("a\n", "no row"),
    ):
        (tmp_path / "in" / "index.csv").write_text(index)
        with pytest.raises(DataError, match=reason):
            read_photographs(tmp_path / "in")
