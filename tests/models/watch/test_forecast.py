"""Forecasts as the watch path makes them: silent where the hospital is foreign, and beside sepsis the vital signs."""

import pytest

from models.risk.deterioration.events import HEADS
from models.risk.model import RiskModel
from models.watch.state import PatientState
from models.watch.stored import from_fields, to_fields
from schemas.alerts import Alert
from schemas.forecasts import RiskForecast
from tests.builders.watch_frames import WELL, CountingModel, Frame, advanced

HOUR_S = 3600
FALLING = {"mean_arterial_mmhg": 75.2, "systolic_mmhg": 96.0, "diastolic_mmhg": 58.0}
WHY = "this hospital is not like those of the model's training"


def course(hours: int, **measured: float) -> list[Frame]:
    """A frame every five minutes; the blood pressure falls by two in each hour."""
    every_s = 300
    return [
        (0, after_s, WELL | {name: at - 2 * (after_s // HOUR_S) for name, at in FALLING.items()} | measured)
        for after_s in range(0, hours * HOUR_S + 1, every_s)
    ]


def forecasts_of(said: list[object]) -> list[RiskForecast]:
    return [one for one in said if isinstance(one, RiskForecast)]


@pytest.fixture(scope="module")
def model() -> RiskModel:
    return RiskModel.load(device="cpu")


def test_a_model_that_is_silent_here_forecasts_and_raises_no_alarm_and_says_why() -> None:
    rows: list[Frame] = [(0, at * 300, {"heart_rate_bpm": 290.0}) for at in range(60)]
    speaking, silent = CountingModel(), CountingModel()
    silent.silent_because = WHY
    loud = advanced([PatientState()], rows, speaking)
    quiet = advanced([PatientState()], rows, silent)
    made = forecasts_of([one.record for one in quiet.said])
    assert made
    assert all(one.abstained and not one.alarm and one.abstained_because == WHY and not one.drivers for one in made)
    assert [one.probability for one in made] == [one.probability for one in forecasts_of([x.record for x in loud.said])]
    risen = [one.record.condition for one in loud.said if isinstance(one.record, Alert)]
    assert "sepsis-risk" in risen
    assert "sepsis-risk" not in [one.record.condition for one in quiet.said if isinstance(one.record, Alert)]


def test_each_forecast_carries_what_the_vital_signs_will_show_and_raises_nothing_by_it(model: RiskModel) -> None:
    done = advanced([PatientState()], course(6, spo2_percent=92.0), model)
    made = forecasts_of([one.record for one in done.said])
    assert made
    for one in made:
        assert [(each.outcome, each.horizon_h) for each in one.further] == [
            (head.name, head.horizon_h) for head in HEADS
        ]
        assert all((each.probability is None) == each.abstained for each in one.further)
        assert one.provenance.model == f"risk/{model.version}"
    last = [one for one in made if one.kind == "closed"][-1].further[-1]
    assert last.sentence is not None
    assert last.sentence.startswith("Risk of SpO2 of 91 % or less over an hour within 8 h is")
    assert last.drivers[0].name == "spo2_percent"
    assert not any(each.drivers for one in made if one.kind == "provisional" for each in one.further)
    assert not [one for one in done.said if isinstance(one.record, Alert) and "within 8 h" in one.record.text]


def test_while_it_is_there_it_is_not_forecast(model: RiskModel) -> None:
    done = advanced([PatientState()], course(2, mean_arterial_mmhg=60.0), model)
    below = forecasts_of([one.record for one in done.said])[-1].further[0]
    assert (below.probability, below.abstained, below.abstained_because) == (None, True, "it is there now")


@pytest.mark.parametrize("cut", [1, 13, 37])
def test_a_restart_between_two_frames_changes_no_forecast(model: RiskModel, cut: int) -> None:
    rows = course(4)
    whole = advanced([PatientState()], rows, model)
    first = advanced([PatientState()], rows[:cut], model)
    kept = from_fields(0, to_fields(first.states[0])).state
    second = advanced([kept], rows[cut:], model)
    assert forecasts_of([one.record for one in (*first.said, *second.said)]) == forecasts_of(
        [one.record for one in whole.said]
    )
