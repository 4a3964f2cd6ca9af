"""Reading ICU stays: every form gives the same table, and what can't be used is refused by place, not by value."""

from decimal import Decimal
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from models.risk.lab.sepsis.data import read_stays
from models.risk.lab.stays import DataError
from models.risk.plausible import COLUMNS, LIMITS
from tests.builders.risk_stays import a_stay, write_parquet, write_psv

SHARED = Path(__file__).parents[6] / "shared" / "data" / "physionet2019"


def test_psv_folder_and_parquet_of_the_same_stays_are_the_same(tmp_path: Path) -> None:
    stays = {"p1": a_stay(5), "p2": a_stay(12, onset_label=6)}
    text = read_stays(write_psv(tmp_path / "hospital_a", **stays))
    table = read_stays(write_parquet(tmp_path / "hospital_a.parquet", **stays))
    np.testing.assert_array_equal(text.columns, table.columns)
    assert text.label is not None
    assert table.label is not None
    assert text.label.tolist() == table.label.tolist() == [0] * 11 + [1] * 6
    assert text.start.tolist() == [0, 5, 17]
    assert text.patient_id.tolist() == ["p1", "p2"]
    assert set(text.hospital) == set(table.hospital) == {"hospital_a"}
    assert text.fingerprint == table.fingerprint


def test_the_fingerprint_ignores_the_order_of_stays_and_sees_every_value(tmp_path: Path) -> None:
    one, other = a_stay(5), a_stay(6)
    first = read_stays(write_parquet(tmp_path / "a.parquet", p1=one, p2=other)).fingerprint
    assert read_stays(write_parquet(tmp_path / "b.parquet", p2=other, p1=one)).fingerprint == first
    changed = one.assign(Lactate=[np.nan] * 4 + [2.0])
    assert read_stays(write_parquet(tmp_path / "c.parquet", p1=changed, p2=other)).fingerprint != first
    assert read_stays(write_parquet(tmp_path / "d.parquet", p3=one, p2=other)).fingerprint != first


def test_a_single_file_and_a_folder_of_folders_can_be_read(tmp_path: Path) -> None:
    write_psv(tmp_path / "hospital_a", p1=a_stay())
    write_psv(tmp_path / "hospital_b", p2=a_stay())
    assert read_stays(tmp_path / "hospital_a" / "p1.psv").hospital.tolist() == ["hospital_a"]
    assert read_stays(tmp_path).hospital.tolist() == ["hospital_a", "hospital_b"]


def test_a_folder_of_parquets_holds_one_hospital_per_file(tmp_path: Path) -> None:
    write_parquet(tmp_path / "hospital_a.parquet", p1=a_stay(), p2=a_stay())
    write_parquet(tmp_path / "hospital_b.parquet", p3=a_stay())
    assert read_stays(tmp_path).hospital.tolist() == ["hospital_a", "hospital_a", "hospital_b"]


def test_labels_are_optional(tmp_path: Path) -> None:
    assert read_stays(write_psv(tmp_path, p1=a_stay().drop(columns="SepsisLabel"))).label is None


def test_missing_hours_are_kept_missing_and_exposed(tmp_path: Path) -> None:
    stay = a_stay(5, ICULOS=[3.0, 4.0, 7.0, 8.0, 10.0])
    stays = read_stays(write_psv(tmp_path, p1=stay, p2=a_stay(2)))
    assert stays.iculos.tolist() == [3, 4, 7, 8, 10, 1, 2]
    assert stays.missing_before.tolist() == [0, 0, 2, 0, 1, 0, 0]


def test_stays_can_be_chosen_in_any_order(tmp_path: Path) -> None:
    stays = read_stays(write_psv(tmp_path, p1=a_stay(3), p2=a_stay(2), p3=a_stay(4)))
    chosen = stays.take([2, 0])
    assert chosen.patient_id.tolist() == ["p3", "p1"]
    assert chosen.start.tolist() == [0, 4, 7]
    assert chosen.iculos.tolist() == [1, 2, 3, 4, 1, 2, 3]


@pytest.mark.parametrize("column", [column for column, *_ in LIMITS if column != "ICULOS"])
def test_each_column_keeps_its_limits_and_hides_and_flags_what_lies_beyond(tmp_path: Path, column: str) -> None:
    _, lowest, highest = LIMITS[COLUMNS.index(column)]
    margin = (highest - lowest) / 1000
    stay = a_stay(4).assign(**{column: [lowest - margin, lowest, highest, highest + margin]})
    stays = read_stays(write_parquet(tmp_path / "a.parquet", p1=stay))
    found = stays.columns[:, COLUMNS.index(column)]
    np.testing.assert_array_equal(found, np.array([np.nan, lowest, highest, np.nan], dtype=np.float32))
    assert stays.impossible_counts() == {column: 2}
    assert stays.impossible[:, COLUMNS.index(column)].tolist() == [True, False, False, True]


def test_half_a_sex_is_impossible(tmp_path: Path) -> None:
    assert read_stays(write_psv(tmp_path, p1=a_stay(3, Gender=[0.0, 0.5, 1.0]))).impossible_counts() == {"Gender": 1}


@pytest.mark.parametrize(
    ("hours", "said"),
    [
        ([1, 2, 2, 3], "p1.psv: ICULOS repeats the hour of the row before it in row 3"),
        ([1, 3, 2, 4], "p1.psv: ICULOS lies before the hour of the row before it in row 3"),
        ([1, 2, np.nan, 4], "p1.psv: ICULOS is missing in row 3"),
        ([1, 2.5, 3, 4], "p1.psv: ICULOS is not a whole hour in row 2"),
        ([0, 1, 2, 3], "p1.psv: ICULOS is outside 1 to 8784 hours in row 1"),
        ([1, 2, 3, 8785], "p1.psv: ICULOS is outside 1 to 8784 hours in row 4"),
    ],
)
def test_hours_that_do_not_rise_are_refused(tmp_path: Path, hours: list[float], said: str) -> None:
    with pytest.raises(DataError, match=f"^{said}$"):
        read_stays(write_psv(tmp_path, p1=a_stay(4, ICULOS=hours)))


@pytest.mark.parametrize(
    ("labels", "said"),
    [
        ([0, 1, 0, 1], "SepsisLabel falls back from 1 to 0 in row 3"),
        ([0, 0, 2, 2], "SepsisLabel is neither 0 nor 1 in row 3"),
        ([0, np.nan, 1, 1], "SepsisLabel is neither 0 nor 1 in row 2"),
    ],
)
def test_labels_that_are_none_are_refused(tmp_path: Path, labels: list[float], said: str) -> None:
    with pytest.raises(DataError, match=said):
        read_stays(write_psv(tmp_path, p1=a_stay(4, SepsisLabel=labels)))


def test_missing_columns_are_named(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"p1\.psv: lacks the columns Lactate, ICULOS"):
        read_stays(write_psv(tmp_path, p1=a_stay().drop(columns=["Lactate", "ICULOS"])))


def test_an_empty_stay_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"p1\.psv: the stay is empty"):
        read_stays(write_psv(tmp_path, p1=a_stay(0)))


def test_an_empty_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "p1.psv").touch()
    with pytest.raises(DataError, match=r"p1\.psv: is empty or not a text file"):
        read_stays(tmp_path)


def test_text_in_a_psv_is_refused_by_place_and_not_by_value(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"^p1\.psv: HR is not a number in row 2$") as refusal:
        read_stays(write_psv(tmp_path, p1=a_stay(3, HR=["80", "eighty", "82"])))
    assert "eighty" not in repr(refusal.value.__cause__)


def test_text_in_a_parquet_is_refused_by_place_and_not_by_value(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"^a\.parquet: HR is not a number in row 2$"):
        read_stays(write_parquet(tmp_path / "a.parquet", p1=a_stay(3, HR=["80", "eighty", "82"])))


def test_infinity_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"HR is not a finite number in row 3"):
        read_stays(write_parquet(tmp_path / "a.parquet", p1=a_stay(3, HR=[80, 81, np.inf])))


def test_a_ragged_row_is_refused_without_its_content(tmp_path: Path) -> None:
    write_psv(tmp_path, p1=a_stay(2))
    with (tmp_path / "p1.psv").open("a") as file:
        file.write("77|98\n")
    with pytest.raises(DataError, match=r"^p1\.psv: row 3 has not as many fields as the header$"):
        read_stays(tmp_path)


def test_interleaved_patients_are_refused(tmp_path: Path) -> None:
    table = pd.concat([a_stay(2).assign(patient_id="p1"), a_stay(2).assign(patient_id="p2")]).iloc[[0, 2, 1, 3]]
    table.to_parquet(tmp_path / "a.parquet", index=False)
    with pytest.raises(DataError, match="in separate places of one file"):
        read_stays(tmp_path / "a.parquet")


def test_a_patient_in_two_files_is_refused(tmp_path: Path) -> None:
    write_psv(tmp_path / "hospital_a", p1=a_stay())
    write_psv(tmp_path / "hospital_b", p1=a_stay())
    with pytest.raises(DataError, match="more than one file"):
        read_stays(tmp_path)


def test_labels_in_some_files_only_are_refused(tmp_path: Path) -> None:
    write_psv(tmp_path, p1=a_stay(), p2=a_stay().drop(columns="SepsisLabel"))
    with pytest.raises(DataError, match="some files have a SepsisLabel"):
        read_stays(tmp_path)


def test_a_parquet_without_patient_id_is_refused(tmp_path: Path) -> None:
    a_stay().to_parquet(tmp_path / "a.parquet")
    with pytest.raises(DataError, match=r"a\.parquet: has no patient_id column"):
        read_stays(tmp_path)


@pytest.mark.parametrize("ids", [["p1", None], ["p1", ""], [1.0, np.nan]])
def test_a_missing_patient_id_is_refused(tmp_path: Path, ids: list[object]) -> None:
    a_stay(2).assign(patient_id=pd.Series(ids)).to_parquet(tmp_path / "a.parquet")
    with pytest.raises(DataError, match=r"a\.parquet: patient_id is missing in row 2"):
        read_stays(tmp_path / "a.parquet")


def test_decimals_of_a_database_are_numbers(tmp_path: Path) -> None:
    a_stay(2).assign(patient_id="p1", HR=pd.Series([Decimal("80.5"), None])).to_parquet(tmp_path / "a.parquet")
    beats = read_stays(tmp_path / "a.parquet").columns[:, COLUMNS.index("HR")]
    np.testing.assert_array_equal(beats, np.array([80.5, np.nan], np.float32))


def test_columns_named_twice_are_refused(tmp_path: Path) -> None:
    table = a_stay(2)
    table.columns = pd.Index(["HR" if name == "SepsisLabel" else name for name in table.columns])
    table.to_csv(tmp_path / "p1.psv", sep="|", index=False)
    with pytest.raises(DataError, match="has these columns twice: HR"):
        read_stays(tmp_path)


def test_a_file_that_is_no_parquet_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.parquet").write_text("HR|O2Sat\n")
    with pytest.raises(DataError, match=r"a\.parquet: is not a readable parquet file"):
        read_stays(tmp_path)


def test_a_path_that_is_not_there_or_holds_no_stays_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no such file or folder"):
        read_stays(tmp_path / "nowhere")
    with pytest.raises(DataError, match=r"holds neither \.psv nor \.parquet"):
        read_stays(tmp_path)


def test_two_kinds_of_files_in_one_folder_are_refused(tmp_path: Path) -> None:
    write_psv(tmp_path, p1=a_stay())
    write_parquet(tmp_path / "a.parquet", p2=a_stay())
    with pytest.raises(DataError, match="both"):
        read_stays(tmp_path)


@pytest.mark.skipif(not SHARED.exists(), reason="needs ../shared/data/physionet2019, which is not beside this checkout")
def test_the_challenge_data_are_read_whole() -> None:
    stays = read_stays(SHARED / "hospital_b.parquet")
    assert (len(stays), len(stays.iculos)) == (15_954, 609_333)
    assert stays.label is not None
    assert int(np.maximum.reduceat(stays.label, stays.start[:-1]).sum()) == 903
