"""Requirements of the split: a patient's part depends on the patient alone, and the parts have their sizes."""

from pathlib import Path

import numpy as np
import pytest

from models.risk.lab.split import folds_of, parts_of, take_hospital, take_part
from models.risk.lab.stays import DataError
from tests.builders.risk_stays import many_stays


def test_a_patient_s_part_depends_on_the_patient_alone() -> None:
    patients = [f"p{number:06d}" for number in range(4000)]
    part = parts_of(patients)
    np.testing.assert_array_equal(parts_of(patients[::-1]), part[::-1])
    assert parts_of(["p000002"]) == parts_of(patients)[2]
    assert abs((part == "test").mean() - 0.15) < 0.02
    assert abs((part == "tune").mean() - 0.10) < 0.02


def test_folds_are_even() -> None:
    counts = np.bincount(folds_of([f"p{number}" for number in range(5000)], 5))
    assert counts.min() > 900
    assert len(counts) == 5


def test_a_part_or_a_hospital_that_holds_no_patient_is_refused(tmp_path: Path) -> None:
    stays = many_stays(tmp_path, count=12)
    assert take_part(stays, "all") is stays
    training = take_part(stays, "train")
    assert set(parts_of(training.patient_id)) == {"train"}
    with pytest.raises(DataError, match="none of these patients belongs to the part test"):
        take_part(training, "test")
    assert set(take_hospital(stays, "hospital_b").hospital) == {"hospital_b"}
    with pytest.raises(DataError, match="there are hospital_a, hospital_b"):
        take_hospital(stays, "hospital_c")
