"""Requirements of the 2012 stays: hours as the table says, nothing invented, refusals that name the place."""

import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from models.risk.lab.mortality.data import HOURS, died, read_stays
from models.risk.lab.mortality.inputs import INPUTS, LIMITS, NAMES, PARAMETERS
from models.risk.lab.stays import DataError, NoLabelsError, Stays
from tests.builders.mortality_stays import ADMITTED, a_record, many_records, write_outcomes, write_samples


def told(stays: Stays, name: str, hour: int) -> float:
    return float(stays.columns[hour - 1, NAMES.index(name)])


def impossible(stays: Stays, name: str) -> int:
    return int(stays.impossible[:, NAMES.index(name)].sum())


def test_vital_signs_come_first_then_laboratory_then_statics_and_the_clock_last() -> None:
    kinds = [one.kind for one in INPUTS]
    assert kinds == sorted(kinds, key=["vital", "lab", "static"].index)
    assert NAMES[-1] == "hours_in_icu"
    assert len(set(NAMES)) == len(NAMES) == len(LIMITS)


def test_every_parameter_of_the_challenge_is_read() -> None:
    assert len(PARAMETERS) == 41  # 36 series and weight, four general descriptors beside the record's id


def test_every_stay_has_48_rows_and_an_hour_begins_with_its_first_minute(tmp_path: Path) -> None:
    stays = a_record(tmp_path, ("00:59", "HR", 70.0), ("01:00", "HR", 90.0), ("48:00", "HR", 110.0))
    assert len(stays.columns) == HOURS
    assert (told(stays, "heart_rate_bpm", 1), told(stays, "heart_rate_bpm", 2)) == (70.0, 90.0)
    assert told(stays, "heart_rate_bpm", 48) == 110.0
    assert np.isnan(told(stays, "heart_rate_bpm", 3))
    assert stays.iculos.tolist() == list(range(1, 49))


def test_an_hour_sums_up_its_samples_as_the_table_says(tmp_path: Path) -> None:
    samples = [
        (time, parameter, value)
        for parameter, values in {"HR": (70, 90), "GCS": (15, 6), "Urine": (30, 50), "Lactate": (4, 2)}.items()
        for time, value in zip(("02:10", "02:50"), values, strict=True)
    ]
    for order in (samples, samples[::-1]):  # the newest laboratory value, whatever the order of the file
        stays = a_record(tmp_path, *order)
        names = ("heart_rate_bpm", "glasgow_coma_score", "urine_ml", "lactate_mmol_per_l")
        assert [told(stays, name, 3) for name in names] == [80.0, 6.0, 80.0, 2.0]


def test_invasive_pressure_goes_before_the_cuff_in_an_hour_that_has_both(tmp_path: Path) -> None:
    stays = a_record(tmp_path, ("00:10", "NISysABP", 100.0), ("00:20", "SysABP", 120.0), ("01:10", "NISysABP", 90.0))
    assert told(stays, "systolic_mmhg", 1) == 120.0
    assert told(stays, "systolic_mmhg", 2) == 90.0


@pytest.mark.parametrize(
    ("parameter", "name", "value"),
    [
        ("GCS", "glasgow_coma_score", 2.0),
        ("SysABP", "systolic_mmhg", 0.0),
        ("pH", "ph", 735.0),
        ("HR", "heart_rate_bpm", -1.5),
    ],
)
def test_an_impossible_sample_is_hidden_and_flagged(tmp_path: Path, parameter: str, name: str, value: float) -> None:
    stays = a_record(tmp_path, ("05:00", parameter, value))
    assert np.isnan(told(stays, name, 6))
    assert impossible(stays, name) == 1


@pytest.mark.parametrize(("value", "kept"), [(2.9, False), (3.0, True), (15.0, True), (15.1, False)])
def test_the_coma_scale_ends_at_3_and_15(tmp_path: Path, value: float, kept: bool) -> None:  # noqa: FBT001
    assert np.isnan(told(a_record(tmp_path, ("00:30", "GCS", value)), "glasgow_coma_score", 1)) != kept


def test_an_unknown_height_is_not_measured_and_not_impossible(tmp_path: Path) -> None:
    stays = a_record(tmp_path)
    assert np.isnan(stays.columns[:, NAMES.index("height_cm")]).all()
    assert impossible(stays, "height_cm") == 0


def test_the_unit_becomes_one_yes_and_three_no(tmp_path: Path) -> None:
    stays = a_record(tmp_path)
    units = [told(stays, name, 1) for name in NAMES if name.startswith("unit_")]
    assert units == [0.0, 0.0, 1.0, 0.0]


def test_stays_keep_the_order_of_the_file_and_have_their_own_outcome(tmp_path: Path) -> None:
    write_samples(tmp_path / "set_x.parquet", {9: ADMITTED, 3: ADMITTED, 5: ADMITTED})
    write_outcomes(tmp_path / "outcomes_x.csv", {3: 1, 5: 0, 9: 0}, SOFA=[7.0, -1.0, 2.0])
    stays = read_stays(tmp_path)
    assert stays.patient_id.tolist() == ["9", "3", "5"]
    assert died(stays).tolist() == [0, 1, 0]
    assert stays.severity["SOFA"].tolist()[:2] == [2.0, 7.0]
    assert np.isnan(stays.severity["SOFA"][2])  # -1 is unknown
    assert set(stays.severity) == {"SOFA"}


def test_without_outcome_files_there_is_no_label(tmp_path: Path) -> None:
    stays = a_record(tmp_path)
    assert stays.label is None
    with pytest.raises(NoLabelsError, match="no outcome"):
        died(stays)


def test_the_fingerprint_is_of_the_content_and_not_of_the_files(tmp_path: Path) -> None:
    together = read_stays(write_samples(tmp_path / "a" / "set.parquet", {3: ADMITTED, 5: ADMITTED}))
    write_samples(tmp_path / "b" / "set_1.parquet", {5: ADMITTED})
    write_samples(tmp_path / "b" / "set_2.parquet", {3: ADMITTED})
    assert read_stays(tmp_path / "b").fingerprint == together.fingerprint
    other = read_stays(write_samples(tmp_path / "c" / "set.parquet", {3: ADMITTED, 6: ADMITTED}))
    assert other.fingerprint != together.fingerprint


def test_taken_stays_keep_their_points_of_severity(tmp_path: Path) -> None:
    stays = read_stays(many_records(tmp_path, 8))
    some = stays.take(np.array([4, 1]))
    assert some.patient_id.tolist() == stays.patient_id[[4, 1]].tolist()
    assert some.severity["SOFA"].tolist() == stays.severity["SOFA"][[4, 1]].tolist()


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"time": "7:30"}, "set_x.parquet: time is no time from 00:00 to 48:00 in row 2"),
        ({"time": "48:01"}, "set_x.parquet: time is no time from 00:00 to 48:00 in row 2"),
        ({"time": None}, "set_x.parquet: time is missing in row 2"),
        ({"parameter": "Mood"}, "set_x.parquet: parameter is none of the challenge's in row 2"),
        ({"record_id": None}, "set_x.parquet: record_id is missing in row 2"),
    ],
)
def test_what_is_wrong_is_named_with_its_place_and_without_its_value(
    tmp_path: Path, change: dict[str, str | None], said: str
) -> None:
    file = write_samples(tmp_path / "set_x.parquet", {7: ADMITTED})
    table = pd.read_parquet(file).astype(object)
    for column, value in change.items():
        table.loc[1, column] = value
    table["value"] = table["value"].astype(float)
    table.to_parquet(file, index=False)
    with pytest.raises(DataError, match=f"^{re.escape(said)}$"):
        read_stays(file)


def test_missing_columns_text_in_values_and_empty_files_are_refused(tmp_path: Path) -> None:
    table = pd.read_parquet(write_samples(tmp_path / "set_x.parquet", {7: ADMITTED}))
    for name, wrong, said in (
        ("short", table.drop(columns="time"), "lacks the columns time"),
        ("text", table.assign(value="x"), "value is no column of numbers"),
        ("empty", table.head(0), "holds no rows"),
    ):
        file = tmp_path / name / "set.parquet"
        file.parent.mkdir()
        wrong.to_parquet(file, index=False)
        with pytest.raises(DataError, match=f"set.parquet: {said}"):
            read_stays(file)
    (tmp_path / "text.parquet").write_text("no parquet")
    with pytest.raises(DataError, match=r"text\.parquet: is not a readable parquet file"):
        read_stays(tmp_path / "text.parquet")
    with pytest.raises(DataError, match="there is no such file or folder"):
        read_stays(tmp_path / "nowhere")
    (tmp_path / "none").mkdir()
    with pytest.raises(DataError, match=r"holds no \.parquet files"):
        read_stays(tmp_path / "none")


def test_a_record_in_two_files_is_refused(tmp_path: Path) -> None:
    for name in ("set_1", "set_2"):
        write_samples(tmp_path / f"{name}.parquet", {7: ADMITTED})
    with pytest.raises(DataError, match="a record_id appears in more than one file"):
        read_stays(tmp_path)


def test_outcomes_that_do_not_fit_are_refused(tmp_path: Path) -> None:
    write_samples(tmp_path / "set_x.parquet", {7: ADMITTED, 8: ADMITTED})
    outcomes = write_outcomes(tmp_path / "outcomes_x.csv", {7: 1})
    with pytest.raises(DataError, match="1 of 2 stays have no outcome in the outcome files"):
        read_stays(tmp_path)
    write_outcomes(outcomes, {7: 1, 8: 2})
    with pytest.raises(DataError, match=r"outcomes_x\.csv: In-hospital_death is neither 0 nor 1 in row 2"):
        read_stays(tmp_path)
    outcomes.write_text("RecordID\n7\n8\n")
    with pytest.raises(DataError, match=r"outcomes_x\.csv: lacks the columns In-hospital_death"):
        read_stays(tmp_path)
