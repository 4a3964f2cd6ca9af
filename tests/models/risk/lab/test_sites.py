"""Hospitals in the lab: a worker sees of states what is seen of stays, home is home, and a foreign site is silent."""

import os
import re
from pathlib import Path

import numpy as np
import pytest

from models.risk.features import SEPSIS
from models.risk.lab import sites
from models.risk.lab.feature_table import unroll
from models.risk.lab.forecasting import Forecasts
from models.risk.lab.sepsis.data import read_stays
from models.risk.lab.split import take_part
from models.risk.lab.stays import Stays
from models.risk.model import RiskModel
from models.risk.site import SiteProfile, Standing
from tests.builders.risk_stays import many_stays

ROOT = Path(__file__).parents[4]
DATA = Path(os.environ.get("WARDWATCH_DATA", ROOT.parent / "shared" / "data"))
FOR_LOOKING = "icu_" + "eicu"
needs_stays = pytest.mark.skipif(not (DATA / "physionet2019").is_dir(), reason="the stays lie beside the project")
needs_others = pytest.mark.skipif(not (DATA / FOR_LOOKING).is_dir(), reason="the stays lie beside the project")


def test_what_is_seen_of_a_stay_is_what_is_seen_of_its_state(tmp_path: Path) -> None:
    stays = many_stays(tmp_path, count=8)
    found = sites.seen_of(stays)
    for at in range(len(stays)):
        one = stays.take([at])
        state = SEPSIS.blank(1)
        for hour in one.columns:
            state = SEPSIS.advance(state, hour[None])
        live = SEPSIS.seen(state)
        np.testing.assert_allclose(live.hours[0], found.hours[at])
        np.testing.assert_allclose(live.count[0], found.count[at])
        np.testing.assert_allclose(live.mean[0], found.mean[at], rtol=1e-5)
    assert len(list(unroll(SEPSIS, stays.columns, stays.start))) == int(stays.hours.max())


def test_a_profile_rests_on_the_stays_that_train(tmp_path: Path) -> None:
    stays = many_stays(tmp_path, count=80)
    assert sites.profile_of(stays) == sites.profile_of(take_part(stays, "train"))


def test_forecasts_are_held_back_at_silent_hospitals_alone(tmp_path: Path) -> None:
    stays = many_stays(tmp_path, count=6)
    rows = len(stays.iculos)
    made = Forecasts(np.full(rows, 0.5, np.float32), np.ones(rows, np.bool_), np.zeros(rows, np.bool_))
    verdicts = {
        "hospital_a": Standing("foreign", 60, 0.3, 0.1, ()),
        "hospital_b": Standing("like-training", 60, 0.0, 0.1, ()),
    }
    held = sites.hold_back(made, stays, verdicts)
    of_a = (stays.hospital == "hospital_a")[stays.stay_of_row]
    assert held.alarm.tolist() == (~of_a).tolist()
    assert held.abstained.tolist() == of_a.tolist()
    assert held.risk is made.risk


@pytest.fixture(scope="module")
def training_stays() -> Stays:
    """Read once: it takes a while."""
    return read_stays(DATA / "physionet2019")


@needs_stays
@pytest.mark.timeout(120)  # more than a million rows are read
def test_both_training_hospitals_are_home_by_patients_never_used_and_each_is_foreign_without_itself(
    training_stays: Stays,
) -> None:
    model, stays = RiskModel.load(device="cpu"), training_stays
    assert model.profile is not None
    kept_back = take_part(stays, "test")
    assert {one.verdict for one in sites.judge(kept_back, model.profile).values()} == {"like-training"}
    for left_out in model.profile.hospitals:
        others = {name: one for name, one in model.profile.hospitals.items() if name != left_out}
        found = sites.judge(kept_back, SiteProfile(model.profile.series, others))
        assert found[left_out].verdict == "foreign"


@needs_stays
@pytest.mark.timeout(120)  # more than a million rows are read
def test_the_shipped_weights_and_their_profile_come_from_the_training_hospitals_alone(training_stays: Stays) -> None:
    model, stays = RiskModel.load(device="cpu"), training_stays
    assert model.data_version == stays.fingerprint
    assert model.profile == sites.profile_of(stays)


@needs_others
def test_other_hospitals_are_foreign_so_that_no_alarm_comes_from_there() -> None:
    model, stays = RiskModel.load(device="cpu"), read_stays(DATA / FOR_LOOKING / "challenge_format.parquet")
    assert model.profile is not None
    assert {one.verdict for one in sites.judge(stays, model.profile).values()} == {"foreign"}


def test_nothing_that_trains_or_chooses_names_the_stays_that_are_for_looking_only() -> None:
    sources = [path for room in ("models", "stream", "schemas") for path in (ROOT / room).rglob("*.py")]
    assert len(sources) > 100
    naming = re.compile("eicu", re.IGNORECASE)
    reading = [path.relative_to(ROOT) for path in sources if naming.search(path.read_text(encoding="utf-8"))]
    assert reading == []
