"""The learners find what is there to find, and see only what they may see."""

from dataclasses import fields, replace
from pathlib import Path

import numpy as np
import pytest

from models.risk.lab.forecasting import Forecasts
from models.risk.lab.sepsis.data import read_stays
from models.risk.lab.sepsis.learners import LEARNERS, forecast_all, learn
from models.risk.lab.sepsis.training_examples import Examples, gather
from models.risk.lab.split import parts_of
from models.risk.lab.stays import NoLabelsError, Stays
from models.risk.plausible import COLUMNS
from tests.builders.risk_stays import a_stay, many_stays, write_psv


def part_of(stays: Stays, part: str) -> Stays:
    return stays.take(np.flatnonzero(parts_of(stays.patient_id) == part))


@pytest.fixture(scope="module")
def stays(tmp_path_factory: pytest.TempPathFactory) -> Stays:
    return many_stays(tmp_path_factory.mktemp("stays"), count=240)


@pytest.fixture(scope="module")
def examples(stays: Stays) -> Examples:
    return gather(stays)


def told(name: str, examples: Examples, stays: Stays) -> Forecasts:
    return forecast_all({name: learn(name, examples)}, stays)[name]


@pytest.mark.parametrize("name", LEARNERS)
def test_a_learner_finds_what_is_there_to_find_in_patients_it_has_not_seen(
    stays: Stays, examples: Examples, name: str
) -> None:
    held_out = part_of(stays, "test")
    found = told(name, examples, held_out)
    assert held_out.label is not None
    septic = held_out.label == 1
    assert found.risk[septic].mean() > 2 * found.risk[~septic].mean()
    assert found.certain is not None


def test_learners_do_not_look_at_the_patients_that_the_split_holds_out(stays: Stays, examples: Examples) -> None:
    seen = gather(stays.take(np.flatnonzero(parts_of(stays.patient_id) != "test")))
    for field in fields(Examples):
        np.testing.assert_array_equal(getattr(seen, field.name), getattr(examples, field.name))


def test_a_learner_from_one_hospital_does_not_look_at_the_other(stays: Stays, examples: Examples) -> None:
    name, source = "logistic regression", "hospital_b"
    alone = gather(stays.take(np.flatnonzero(stays.hospital == source)))
    changed = replace(examples, pays=examples.pays ^ (examples.hospital != source))
    fitted = [learn(name, each, source) for each in (examples, changed)]
    assert fitted[0].decision == fitted[1].decision
    assert set(alone.hospital) == set(alone.tune_hospital) == {source}
    assert fitted[0].decision != learn(name, examples).decision


def test_the_learner_without_clocks_gives_the_same_forecasts_at_another_time_of_the_stay(
    stays: Stays, examples: Examples
) -> None:
    some = part_of(stays, "test").take([0, 1, 2])
    later = some.columns.copy()
    later[:, COLUMNS.index("ICULOS")] += 40
    later[:, COLUMNS.index("HospAdmTime")] -= 30
    name = "gradient boosting without clocks"
    shifted = replace(some, columns=later, iculos=some.iculos + 40)
    np.testing.assert_array_equal(told(name, examples, shifted).risk, told(name, examples, some).risk)


def test_learners_without_septic_stays_or_labels_to_learn_from_say_so(tmp_path: Path) -> None:
    healthy = {f"p{number}": a_stay(6) for number in range(30)}
    examples = gather(read_stays(write_psv(tmp_path / "healthy", **healthy)))
    with pytest.raises(NoLabelsError, match="needs septic stays to train with"):
        learn("gradient boosting", examples)
    with pytest.raises(NoLabelsError, match="have no SepsisLabel"):
        gather(read_stays(write_psv(tmp_path / "unknown", p1=a_stay().drop(columns="SepsisLabel"))))
