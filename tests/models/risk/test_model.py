"""Requirements of the risk model in the live path: one number from any batch, record and store; refusals; reasons."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from models import weights_file
from models.risk.features import SEPSIS as FEATURES
from models.risk.inputs import INPUTS, NAMES
from models.risk.model import SHIPPED, ModelError, RiskModel
from models.risk.outcome import SEPSIS

Hours = NDArray[np.float32]


@pytest.fixture(scope="module")
def model() -> RiskModel:
    return RiskModel.load(device="cpu")


def some_hours(seed: int, hours: int, patients: int) -> Hours:
    """Plausible hours [T, B, 40]: the vital signs mostly measured, the laboratory now and then."""
    generator = np.random.default_rng(seed)
    values = np.full((hours, patients, len(INPUTS)), np.nan, np.float32)
    typical = {
        "heart_rate_bpm": (90, 20), "spo2_percent": (96, 2), "temperature_celsius": (37.2, 0.8),
        "systolic_mmhg": (115, 20), "mean_arterial_mmhg": (75, 12), "respiratory_rate_per_min": (20, 5),
        "lactate_mmol_per_l": (2.5, 1), "creatinine_mg_per_dl": (1.4, 0.5), "wbc_10e3_per_ul": (13, 4),
        "platelets_10e3_per_ul": (180, 60), "bun_mg_per_dl": (25, 8),
    }  # fmt: skip
    for name, (middle, spread) in typical.items():
        drawn = generator.normal(middle, spread, (hours, patients)).clip(0.5)
        often = 0.9 if name.endswith(("bpm", "mmhg", "percent", "per_min")) else 0.15
        drawn[generator.random(drawn.shape) > often] = np.nan
        values[:, :, NAMES.index(name)] = drawn
    values[:, :, NAMES.index("spo2_percent")] = values[:, :, NAMES.index("spo2_percent")].clip(max=100)
    values[:, :, NAMES.index("age_years")] = generator.uniform(30, 85, patients)
    values[:, :, NAMES.index("sex_male")] = generator.integers(0, 2, patients)
    values[:, :, NAMES.index("hours_from_hospital_to_icu")] = -20
    values[:, :, NAMES.index("hours_in_icu")] = np.arange(1, hours + 1)[:, None]
    return values


def forecasts(model: RiskModel, hours: Hours) -> tuple[Hours, Hours]:
    """Probabilities [T, B] and the state after the last hour."""
    state = model.blank(hours.shape[1])
    told = []
    for one in hours:
        state, output = model.step(state, one)
        told.append(output.probability)
    return np.stack(told), state


def test_the_shipped_model_says_what_made_it(model: RiskModel) -> None:
    assert model.version.startswith("risk-lstm-")
    assert len(model.data_version) == 64
    assert model.horizon_h == 6.0
    assert model.figures["test/hospital_a/auroc"] > 0.75


def test_shipped_weights_stay_small() -> None:
    assert sum(file.stat().st_size for file in SHIPPED.iterdir()) < 8_000_000


def test_forecasts_do_not_depend_on_batch_or_order(model: RiskModel) -> None:
    hours = some_hours(1, 12, 9)
    together, _ = forecasts(model, hours)
    order = np.random.default_rng(0).permutation(9)
    shuffled, _ = forecasts(model, hours[:, order])
    alone = np.concatenate([forecasts(model, hours[:, at : at + 1])[0] for at in range(9)], axis=1)
    np.testing.assert_allclose(shuffled, together[:, order], atol=1e-6)
    np.testing.assert_allclose(alone, together, atol=1e-6)


def test_the_forecast_of_an_hour_is_the_same_from_a_truncated_record(model: RiskModel) -> None:
    hours = some_hours(2, 20, 4)
    changed = hours.copy()
    changed[11:] = some_hours(3, 9, 4)
    np.testing.assert_array_equal(forecasts(model, hours)[0][:11], forecasts(model, hours[:11])[0])
    np.testing.assert_array_equal(forecasts(model, hours)[0][:11], forecasts(model, changed)[0][:11])
    assert not np.array_equal(forecasts(model, hours)[0][11:], forecasts(model, changed)[0][11:])


def test_a_step_changes_neither_state_nor_bins(model: RiskModel) -> None:
    hours = some_hours(4, 3, 5)
    _, state = forecasts(model, hours[:2])
    kept, given = state.copy(), hours[2].copy()
    model.step(state, hours[2])
    model.explain(state, hours[2])
    np.testing.assert_array_equal(state, kept)
    np.testing.assert_array_equal(hours[2], given)


def test_the_state_survives_the_store_as_bytes_and_does_not_grow(model: RiskModel) -> None:
    hours = some_hours(5, 30, 2)
    straight, _ = forecasts(model, hours)
    sizes: set[int] = set()
    state, told = model.blank(2), []
    for one in hours:
        stored = [row.tobytes() for row in state]
        sizes.update(len(row) for row in stored)
        state = np.stack([np.frombuffer(row, np.float32) for row in stored])
        state, output = model.step(state, one)
        told.append(output.probability)
    np.testing.assert_array_equal(np.stack(told), straight)
    assert len(sizes) == 1


def test_a_provisional_forecast_leaves_no_trace(model: RiskModel) -> None:
    hours = some_hours(6, 6, 3)
    straight, _ = forecasts(model, hours)
    state, told = model.blank(3), []
    for one in hours:
        model.step(state, np.where(np.isnan(one), one, one + 1))
        state, output = model.step(state, one)
        told.append(output.probability)
    np.testing.assert_array_equal(np.stack(told), straight)


def test_outputs_are_probabilities_and_flags(model: RiskModel) -> None:
    state, output = model.step(model.blank(7), some_hours(7, 1, 7)[0])
    assert output.probability.shape == output.alarm.shape == output.abstained.shape == (7,)
    assert ((output.probability > 0) & (output.probability < 1)).all()
    assert output.alarm.dtype == output.abstained.dtype == np.bool_
    assert np.isfinite(state[:, FEATURES.size :]).all()


def test_it_abstains_when_it_knows_nothing_of_the_patient(model: RiskModel) -> None:
    _, output = model.step(model.blank(1), np.full((1, len(INPUTS)), np.nan, np.float32))
    assert output.abstained.all()
    assert np.isfinite(output.probability).all()


def test_wrong_shapes_are_refused(model: RiskModel) -> None:
    with pytest.raises(ValueError, match=r"are not \[B, S\] and \[B, 40\]"):
        model.step(model.blank(2), some_hours(8, 1, 3)[0])
    with pytest.raises(ValueError, match=r"are not \[B, S\] and \[B, 40\]"):
        model.step(model.blank(2)[:, :-1], some_hours(8, 1, 2)[0])


def test_explanations_name_known_inputs_with_value_age_and_part(model: RiskModel) -> None:
    hours = some_hours(9, 10, 3)
    _, state = forecasts(model, hours[:9])
    told = model.explain(state, hours[9], top=4)
    after, _ = model.step(state, hours[9])
    value, age_h = FEATURES.known(after[:, : FEATURES.size])
    assert [len(one) for one in told] == [4, 4, 4]
    for patient, reasons in enumerate(told):
        parts = [abs(one.contribution) for one in reasons]
        assert parts == sorted(parts, reverse=True)
        for one in reasons:
            assert one.value == value[patient, NAMES.index(one.name)]
            assert one.age_h == age_h[patient, NAMES.index(one.name)]
            assert one.unit == INPUTS[NAMES.index(one.name)].unit


def test_nothing_known_gives_no_reasons(model: RiskModel) -> None:
    assert model.explain(model.blank(1), np.full((1, len(INPUTS)), np.nan, np.float32)) == [[]]


def test_deleting_the_strongest_reason_moves_the_forecast_more_than_deleting_the_weakest(model: RiskModel) -> None:
    patients = 24
    hours = some_hours(10, 14, patients)
    _, state = forecasts(model, hours[:-1])
    told = model.explain(state, hours[-1], top=len(INPUTS))
    full = _log_odds(forecasts(model, hours)[0][-1])
    deleted = np.concatenate([hours, hours], axis=1)  # without the strongest reason, then without the weakest
    for patient, reasons in enumerate(told):
        for column, reason in ((patient, reasons[0]), (patients + patient, reasons[-1])):
            deleted[:, column, NAMES.index(reason.name)] = np.nan  # in every hour, so that the LSTM's memory goes too
    moved = np.abs(_log_odds(forecasts(model, deleted)[0][-1]) - np.tile(full, 2))
    assert moved[:patients].sum() > 3 * moved[patients:].sum()


def _log_odds(probability: Hours) -> Hours:
    return np.asarray(np.log(probability / (1 - probability)), np.float32)


class Copy:
    """A copy of the shipped weights that a test may spoil before it is written and read back."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.metadata, self.tensors = weights_file.read(SHIPPED / SEPSIS.file)

    def read(self) -> RiskModel:
        weights_file.write(self.folder / SEPSIS.file, self.tensors, self.metadata)
        return RiskModel.load(self.folder, device="cpu")


@pytest.fixture
def spoiled(tmp_path: Path) -> Copy:
    return Copy(tmp_path)


def test_a_copy_of_the_weights_is_the_same_model(spoiled: Copy, model: RiskModel) -> None:
    hours = some_hours(11, 5, 2)
    np.testing.assert_array_equal(forecasts(spoiled.read(), hours)[0], forecasts(model, hours)[0])


def test_missing_weights_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="is missing"):
        RiskModel.load(tmp_path)


def test_a_file_that_is_no_checkpoint_is_refused(tmp_path: Path) -> None:
    (tmp_path / SEPSIS.file).write_bytes(b"not weights")
    with pytest.raises(ModelError, match="can't be read as safetensors"):
        RiskModel.load(tmp_path)


def test_a_missing_tensor_is_refused_by_name(spoiled: Copy) -> None:
    del spoiled.tensors["members.0.head.bias"]
    with pytest.raises(ModelError, match=r"lacks the tensor members\.0\.head\.bias"):
        spoiled.read()


def test_a_tensor_too_many_is_refused_by_name(spoiled: Copy) -> None:
    spoiled.tensors["members.0.tail"] = torch.zeros(1)
    with pytest.raises(ModelError, match=r"holds the tensor members\.0\.tail"):
        spoiled.read()


def test_a_tensor_of_another_shape_is_refused_with_both_shapes(spoiled: Copy) -> None:
    spoiled.tensors["members.0.head.bias"] = torch.zeros(2)
    with pytest.raises(ModelError, match=r"members\.0\.head\.bias .* is \[2\], its shape asks for \[1\]"):
        spoiled.read()


def test_a_tensor_of_other_numbers_is_refused_with_both_kinds(spoiled: Copy) -> None:
    spoiled.tensors["members.0.head.bias"] = torch.zeros(1, dtype=torch.int32)
    with pytest.raises(ModelError, match=r"members\.0\.head\.bias .* holds torch.int32, this code reads torch.float32"):
        spoiled.read()


@pytest.mark.parametrize(
    ("key", "part"),
    [("features", "null"), ("shape", '{"hidden": -1}'), ("decision", '{"threshold": "high"}'), ("figures", "[]")],
)
def test_metadata_of_another_kind_are_refused(spoiled: Copy, key: str, part: str) -> None:
    whole, other = json.loads(spoiled.metadata[key]), json.loads(part)
    spoiled.metadata[key] = json.dumps({**whole, **other} if isinstance(other, dict) else other)
    with pytest.raises(ModelError, match="lacks or garbles"):
        spoiled.read()


@pytest.mark.parametrize("device", ["abacus", "cuda:4711"])
def test_a_device_that_is_not_there_is_refused(device: str) -> None:
    with pytest.raises(ModelError, match=f"there is no device '{device}' here"):
        RiskModel.load(device=device)


def test_other_features_are_refused_with_their_number(spoiled: Copy) -> None:
    spoiled.metadata["features"] = json.dumps(json.loads(spoiled.metadata["features"])[:-1])
    with pytest.raises(ModelError, match=f"trained on {len(FEATURES.names) - 1} features"):
        spoiled.read()


@pytest.mark.parametrize("key", ["shape", "decision", "data_version", "figures", "features"])
def test_metadata_that_lacks_a_part_is_refused(spoiled: Copy, key: str) -> None:
    del spoiled.metadata[key]
    with pytest.raises(ModelError, match="lacks or garbles"):
        spoiled.read()


def test_another_format_is_refused(spoiled: Copy) -> None:
    spoiled.metadata["format"] = "wardwatch-risk-0"
    with pytest.raises(ModelError, match="this code reads 'wardwatch-risk-1'"):
        spoiled.read()


def test_weights_whose_forecast_is_no_number_give_an_error_and_never_a_forecast(spoiled: Copy) -> None:
    for name in [name for name in spoiled.tensors if name.endswith("head.bias")]:
        spoiled.tensors[name] = torch.full((1,), 3e38)  # a number, which their sum is not
    broken = spoiled.read()
    with pytest.raises(ModelError, match="not finite"):
        broken.step(broken.blank(1), some_hours(12, 1, 1)[0])
