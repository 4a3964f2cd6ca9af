"""What the vital signs will show: live as evaluated, without clock, laboratory and ward, explained, abstaining."""

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from models import weights_file
from models.risk.checkpoint import ModelError
from models.risk.deterioration import weights
from models.risk.deterioration.events import HEADS
from models.risk.deterioration.network import FEATURES
from models.risk.features import CLOCKS
from models.risk.inputs import INPUTS, NAMES
from models.risk.lab.deterioration.evaluation import answer
from models.risk.lab.deterioration.training import encode, read_features, scores
from models.risk.model import SHIPPED, RiskModel
from models.risk.outcome import SEPSIS as OUTCOME
from models.watch.state import PatientState
from models.watch.stored import from_fields, to_fields
from tests.builders.risk_stays import many_stays

HOURS = 30
LABS = [at for at, one in enumerate(INPUTS) if one.kind == "lab"]
CLOCK_INPUTS = [NAMES.index(name) for name in ("hours_in_icu", "hours_from_hospital_to_icu", "unit_micu", "unit_sicu")]


@pytest.fixture(scope="module")
def model() -> RiskModel:
    return RiskModel.load(device="cpu")


def course(seed: int = 0, hours: int = HOURS) -> NDArray[np.float32]:
    """Hourly bins [T, I] of somebody whose pressure falls; a third of the values is missing."""
    random = np.random.default_rng(seed)
    bins = np.full((hours, len(NAMES)), np.nan, np.float32)
    typical = {
        "heart_rate_bpm": (85, 8), "spo2_percent": (96, 1), "temperature_celsius": (37, 0.3), "systolic_mmhg": (115, 8),
        "mean_arterial_mmhg": (78, 5), "diastolic_mmhg": (60, 5), "respiratory_rate_per_min": (18, 3),
    }  # fmt: skip
    for name, (mean, spread) in typical.items():
        bins[:, NAMES.index(name)] = random.normal(mean, spread, hours)
    bins[random.random(bins.shape) < 0.3] = np.nan
    bins[:, NAMES.index("age_years")] = 70
    bins[:, NAMES.index("hours_in_icu")] = np.arange(hours) + 1
    return bins


def risks(model: RiskModel, bins: NDArray[np.float32], state: NDArray[np.float32] | None = None) -> NDArray[np.float32]:
    """What is said after each hour, [T, H]."""
    state = model.blank(1) if state is None else state
    said = []
    for hour in bins:
        state, output = model.step(state, hour[None])
        assert output.further is not None
        said.append(output.further.probability[0])
    return np.array(said)


def test_the_features_hold_no_clock_no_ward_no_laboratory_and_no_order_of_tests() -> None:
    assert not set(FEATURES) & set(CLOCKS)
    for name in FEATURES:
        assert not name.startswith(("hours_", "unit_", "labs.", "vitals.", "sofa"))
        assert not any(name.startswith(INPUTS[at].name) for at in LABS)


def test_clock_ward_and_every_laboratory_value_change_nothing(model: RiskModel) -> None:
    bins = course()
    other = bins.copy()
    other[:, CLOCK_INPUTS] = [300, -50, 1, 0]
    other[:, LABS] = 1.0
    np.testing.assert_array_equal(risks(model, bins), risks(model, other))


@settings(max_examples=8, deadline=None)
@given(seed=st.integers(0, 99), cut=st.integers(1, HOURS - 1))
def test_a_restart_after_any_hour_changes_nothing(model: RiskModel, seed: int, cut: int) -> None:
    bins = course(seed)
    state = model.blank(1)
    for hour in bins[:cut]:
        state, _ = model.step(state, hour[None])
    kept = from_fields(0, to_fields(PatientState(risk=state[0], risk_version=model.version))).state
    assert kept.risk is not None
    np.testing.assert_array_equal(risks(model, bins)[cut:], risks(model, bins[cut:], kept.risk[None]))


def test_the_stream_says_what_the_evaluation_and_the_training_say(model: RiskModel, tmp_path: Path) -> None:
    stays = many_stays(tmp_path, count=6)
    answers = answer(model, stays)
    trained = weights.load(SHIPPED)
    assert trained is not None
    encoded = encode(trained.network, read_features(stays))
    logits = scores(trained.network, encoded, stays.start, np.arange(len(stays)))
    batch = 1 / (1 + np.exp(-(np.array(trained.slopes) * logits + np.array(trained.offsets))))
    np.testing.assert_allclose(answers.probability, batch, atol=0.01)  # half precision in training
    for at in range(len(stays)):
        rows = slice(stays.start[at], stays.start[at + 1])
        np.testing.assert_allclose(answers.probability[rows], risks(model, stays.columns[rows]), atol=1e-5)


def test_sepsis_is_forecast_as_without_them(model: RiskModel, tmp_path: Path) -> None:
    (tmp_path / OUTCOME.file).write_bytes((SHIPPED / OUTCOME.file).read_bytes())
    weights_file.make_manifest(tmp_path)
    alone = RiskModel.load(tmp_path, "cpu")
    assert model.version.startswith(f"{alone.version}+deterioration-")
    one, other = model.blank(1), alone.blank(1)
    for hour in course():
        one, said = model.step(one, hour[None])
        other, without = alone.step(other, hour[None])
        assert said.probability == pytest.approx(without.probability, abs=1e-6)
        assert without.further is None


def test_where_the_event_is_there_or_the_signs_are_unknown_nothing_is_forecast(model: RiskModel) -> None:
    bins = course()
    bins[-1, NAMES.index("mean_arterial_mmhg")] = 55
    state = model.blank(1)
    _, output = model.step(state, np.full((1, len(NAMES)), np.nan, np.float32))
    assert output.further is not None
    assert not output.further.known.any()
    for hour in bins:
        state, output = model.step(state, hour[None])
    assert output.further is not None
    assert [bool(one) for one in output.further.there[0]][:2] == [True, True]
    assert not (output.further.notable & output.further.there).any()


def test_a_falling_pressure_raises_the_risk_and_is_named_first(model: RiskModel) -> None:
    bins = course()
    bins[-3:, NAMES.index("mean_arterial_mmhg")] = [72, 69, 66]
    bins[-3:, NAMES.index("systolic_mmhg")] = [100, 96, 93]
    steady = course()
    assert (risks(model, bins)[-1, :2] > risks(model, steady)[-1, :2]).all()
    state = model.blank(1)
    for hour in bins[:-1]:
        state, _ = model.step(state, hour[None])
    drivers = model.explain_further(state, bins[-1:])[0]
    assert len(drivers) == len(HEADS)
    assert drivers[0][0].name == "mean_arterial_mmhg"
    assert drivers[0][0].contribution > 0


def test_weights_that_do_not_fit_are_refused_with_the_reason(tmp_path: Path) -> None:
    file = SHIPPED / weights.FILE
    metadata, tensors = weights_file.read(file)
    for change, why in (
        ({"format": "other"}, "has the format 'other'"),
        ({"features": json.dumps(["a"])}, "was trained on other features"),
        ({"shape": "{}"}, "lacks or garbles"),
    ):
        weights_file.write(tmp_path / weights.FILE, tensors, metadata | change)
        with pytest.raises(ModelError, match=why):
            weights.load(tmp_path)
    (tmp_path / weights.FILE).write_bytes(b"no weights")
    with pytest.raises(ModelError, match="can't be read as safetensors"):
        weights.load(tmp_path)
