"""What a plan looks at: a file that is played, the state of a running ward, the maps that a worker kept."""

import json
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any, Final, cast

import pytest

from models.plan.plan import plan_of
from models.plan.seen import Seen
from models.risk.model import SHIPPED, RiskModel
from models.watch.stored import to_fields
from stream.cli import main
from stream.plans.from_file import known_of_file
from stream.plans.known import Known
from stream.plans.live import UnreadableStateError, known_now
from stream.plans.maps import MOST_BYTES, MOST_MAPS, maps_of
from stream.rehearsal.feed import FeedError
from stream.settings import Settings
from stream.state.store import StateStore, Stored
from tests.builders.fhir_resources import a_bundle, a_patient, an_observation, an_order
from tests.builders.plans import AT, NOW_S, PATIENT, RECORDS, a_lesion_report, a_plan, a_risk, a_state, an_image

PNG: Final = b"\x89PNG\r\n\x1a\n" + b"0" * 10


def no_model() -> RiskModel:
    pytest.fail("no vital sign is there to be forecast on")


def file_of(folder: Path, *records: tuple[str, dict[str, Any]], **more: Any) -> Path:
    said: dict[str, Any] = {}
    for topic, record in records:
        said.setdefault(topic, []).append({"patient": PATIENT, "time": AT.isoformat()} | record)
    file = folder / "patient.json"
    file.write_text(json.dumps(said | more), encoding="utf-8")
    return file


def frames(hours: float, **values: float) -> list[dict[str, Any]]:
    moments = [AT + timedelta(minutes=minutes) for minutes in range(round(hours * 60))]
    return [{"patient": PATIENT, "time": one.isoformat()} | values for one in moments]


def test_a_file_gives_the_plan_that_its_records_give_in_the_stream(tmp_path: Path) -> None:
    known = known_of_file(file_of(tmp_path, *RECORDS), Settings(), no_model)
    assert known.plan() == a_plan(now_s=AT.timestamp())


def test_vital_signs_are_played_through_alarms_and_forecasts_to_the_last_record(tmp_path: Path) -> None:
    falling = frames(3.1, heart_rate_bpm=128, respiratory_rate_per_min=29, spo2_percent=88, systolic_mmhg=88)
    file = file_of(tmp_path, ("patients", {"age_years": 70}), vitals=falling)
    known = known_of_file(file, Settings(), lambda: RiskModel.load(SHIPPED, "cpu"))
    plan = known.plan()
    assert plan.time == AT + timedelta(minutes=185)
    assert {"spo2-low", "news2"} <= {one.condition for one in plan.alarms}
    assert all(one.signal != "ack" for one in plan.alarms)
    assert [one.name for one in plan.risks][:2] == ["NEWS2", "sepsis"]
    assert plan == known_of_file(file, Settings(), lambda: RiskModel.load(SHIPPED, "cpu")).plan()


def test_reports_and_forecasts_in_a_file_are_shown_and_announced_images_told(tmp_path: Path) -> None:
    image = {"url": "file:///x.dcm"}
    announced = {"study_uid": "1.2.4", "images": [image]}
    report = a_lesion_report().model_dump(mode="json")
    forecast = a_risk().model_dump(mode="json")
    file = file_of(tmp_path, ("imaging-ready", announced), **{"lesion-reports": [report], "forecasts": [forecast]})
    known = known_of_file(file, Settings(), no_model)
    assert known.seen == Seen(a_risk(), (a_lesion_report(),), announced=1)


def test_a_bundle_of_fhir_becomes_a_plan_by_way_of_the_gateways_dry_run(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bundle, file = tmp_path / "bundle.json", tmp_path / "patient.jsonl"
    unknown = an_observation("99999-9")
    bundle.write_text(json.dumps(a_bundle(a_patient(), an_order(), an_observation(), unknown)), encoding="utf-8")
    with pytest.raises(SystemExit):
        main(["gateway", "decode", str(bundle), "--json"])
    file.write_text(capsys.readouterr().out, encoding="utf-8")
    plan = known_of_file(file, Settings(), lambda: RiskModel.load(SHIPPED, "cpu")).plan()
    assert len(plan.drugs) == 1
    assert [one.name for one in plan.vitals] == ["heart_rate_bpm"]
    assert any("have no place here" in one.why for one in plan.not_checked)


@pytest.mark.parametrize(
    ("records", "words"),
    [
        ([("labs", {}), ("labs", {"patient": "p-2"})], "several patients"),
        ([], "no patient"),
        ([("labs", {}), ("medications", {"drug": "x"})], "record 2: it does not fit its topic"),
        ([("labs", {}), ("forecasts", {"probability": 2})], "record 2: it does not fit its topic"),
    ],
)
def test_a_file_that_cannot_be_played_is_refused_by_its_record(
    tmp_path: Path, records: list[tuple[str, dict[str, Any]]], words: str
) -> None:
    with pytest.raises(FeedError, match=words):
        known_of_file(file_of(tmp_path, *records), Settings(), no_model)


class OneState:
    """A store that holds one patient's state."""

    def __init__(self, **fields: bytes) -> None:
        self._fields = fields

    async def load(self, patients: Sequence[str]) -> dict[str, Stored]:
        return {PATIENT: Stored(3, self._fields)} if PATIENT in patients and self._fields else {}


async def now_of(store: OneState, patient: str = PATIENT, seen: Seen | None = None) -> Known | None:
    return await known_now(cast("StateStore", store), patient, round(NOW_S * 1000), seen or Seen())


async def test_the_live_plan_is_that_of_the_stored_state() -> None:
    state = a_state(*RECORDS)
    known = await now_of(OneState(**to_fields(state)), seen=Seen(a_risk()))
    assert known is not None
    assert known.plan().proposals == plan_of(PATIENT, state, known.now_s).proposals
    assert [one.name for one in known.plan().risks] == ["sepsis"]


async def test_of_an_unknown_patient_there_is_nothing() -> None:
    assert await now_of(OneState(**to_fields(a_state(*RECORDS))), patient="p-2") is None
    assert await now_of(OneState()) is None


@pytest.mark.parametrize("state", [b"{}", b"no JSON", b'{"positions": {}, "format": 99, "readable_from": 99}'])
async def test_a_state_that_cannot_be_read_is_said_to_be_so(state: bytes) -> None:
    with pytest.raises(UnreadableStateError):
        await now_of(OneState(state=state))


def test_a_map_is_shown_where_it_lies_among_those_that_were_kept_and_is_a_picture(tmp_path: Path) -> None:
    kept, elsewhere = tmp_path / "kept", tmp_path / "elsewhere"
    for folder in (kept, elsewhere):
        folder.mkdir()
        (folder / "map.png").write_bytes(PNG)
    (kept / "text.png").write_bytes(b"no picture")
    (kept / "large.png").write_bytes(PNG + b"0" * MOST_BYTES)
    (kept / "link.png").symlink_to(elsewhere / "map.png")
    urls = [
        (kept / "map.png").as_uri(),
        (elsewhere / "map.png").as_uri(),
        (kept / "text.png").as_uri(),
        (kept / "large.png").as_uri(),
        (kept / "link.png").as_uri(),
        (kept / "gone.png").as_uri(),
        f"{kept.as_uri()}/../elsewhere/map.png",
        "https://archive.example/map.png",
    ]
    reports = [a_lesion_report(an_image(url=url, normal=1.0), study=f"1.{at}") for at, url in enumerate(urls)]
    plan = a_plan(seen=Seen(reports=tuple(reports)))
    assert maps_of(plan, kept) == {urls[0]: PNG}
    assert maps_of(plan, None) == {}


def test_no_more_maps_are_shown_than_a_page_has_room_for(tmp_path: Path) -> None:
    files = [tmp_path / f"{at}.png" for at in range(MOST_MAPS + 1)]
    for file in files:
        file.write_bytes(PNG)
    images = [an_image(url=file.as_uri(), normal=1.0) for file in files]
    reports = [a_lesion_report(one, study=f"1.{at}") for at, one in enumerate(images)]
    plan = a_plan(seen=Seen(reports=tuple(reports)))
    assert len(maps_of(plan, tmp_path)) == MOST_MAPS
