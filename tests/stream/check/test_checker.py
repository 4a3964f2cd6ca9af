import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from models.fundus.shipped import SHIPPED
from models.lesion.dicom import Limits
from schemas.imaging import ImageReference, ImagingReady
from stream.check.batching import GIVEN_UP, MOST_LOST
from stream.check.checker import CheckFailed, ImageChecker, fingerprint, image_checker
from stream.check.documents import NO_INSTANCE, NO_STORE, NOT_WRITTEN
from stream.check.fetch import MISSING, FetchFailed
from stream.check.model_loading import retina_folder
from stream.check.reading_process import SLOW, ReadFailed
from stream.check.report import ReportSource
from stream.check.task import Task
from stream.check.verdict import Refusal, Verdict
from stream.feeds.images import simulated_study
from stream.settings import Settings
from tests.builders.lesion_verdicts import JUDGED

ABOUT = ReportSource("1.0", "abc")


def an_event(*names: str) -> ImagingReady:
    return ImagingReady(
        patient="p-1",
        time=datetime(2026, 1, 2, tzinfo=UTC),
        study_uid="1.2",
        modality="DX",
        body_part="CHEST",
        images=tuple(
            ImageReference(url=f"file:///{name}", sop_instance_uid=f"1.2.{at}") for at, name in enumerate(names)
        ),
    )


async def fetched(reference: ImageReference) -> bytes | Refusal:
    return MISSING if "missing" in reference.url else reference.url.encode()


@dataclass
class FakeReader:
    answer: Callable[[Task], Verdict] = lambda _: JUDGED
    tasks: list[Task] = field(default_factory=list)
    now: int = 0
    most: int = 0

    async def __call__(self, task: Task) -> Verdict:
        self.tasks.append(task)
        self.now += 1
        self.most = max(self.most, self.now)
        await asyncio.sleep(0)
        self.now -= 1
        return self.answer(task)


async def test_every_image_is_reported_in_the_order_of_the_event() -> None:
    checker = ImageChecker(fetched, FakeReader(), ABOUT, Limits())
    report = await checker.check(an_event("a", "missing", "c"))
    assert [image.url for image in report.images] == ["file:///a", "file:///missing", "file:///c"]
    assert [image.refusal for image in report.images] == [None, MISSING.sentence, None]


async def test_the_reading_process_is_told_what_the_event_said() -> None:
    reader = FakeReader()
    await ImageChecker(fetched, reader, ABOUT, Limits(file_bytes=5)).check(an_event("a"))
    assert reader.tasks == [Task(b"file:///a", "1.2", "1.2.0", "DX", "CHEST", Limits(file_bytes=5), overlay=False)]


async def test_no_more_images_than_allowed_are_in_flight_over_all_studies() -> None:
    reader = FakeReader()
    checker = ImageChecker(fetched, reader, ABOUT, Limits(), held_bytes=20)  # two
    await asyncio.gather(*(checker.check(an_event(*"abcdef")) for _ in range(3)))
    assert len(reader.tasks) == 18
    assert reader.most == 2


async def test_a_fetch_that_failed_for_good_fails_the_study_at_that_stage() -> None:
    async def fail(_: ImageReference) -> bytes | Refusal:
        message = "the archive could not be reached"
        raise FetchFailed(message)

    with pytest.raises(CheckFailed, match="could not be reached") as caught:
        await ImageChecker(fail, FakeReader(), ABOUT, Limits()).check(an_event("a", "b"))
    assert caught.value.stage == "fetch"


async def test_a_model_that_raised_fails_the_study_at_that_stage() -> None:
    def fail(_: Task) -> Verdict:
        message = "the model raised LookupError"
        raise ReadFailed(message)

    with pytest.raises(CheckFailed, match="raised LookupError") as caught:
        await ImageChecker(fetched, FakeReader(fail), ABOUT, Limits()).check(an_event("a", "b"))
    assert caught.value.stage == "inference"


async def test_a_study_that_kills_its_readers_is_given_up_and_the_next_is_read() -> None:
    reader = FakeReader(lambda _: SLOW)
    checker = ImageChecker(fetched, reader, ABOUT, Limits(), fetches=1, held_bytes=1)
    report = await checker.check(an_event(*"abcde"))
    assert [image.refusal for image in report.images] == [SLOW.sentence] * MOST_LOST + [GIVEN_UP.sentence] * 2
    assert len(reader.tasks) == MOST_LOST
    reader.answer = lambda _: JUDGED
    assert (await checker.check(an_event("f"))).images[0].refusal is None


async def test_a_second_event_for_the_same_instances_gives_the_same_report() -> None:
    checker = ImageChecker(fetched, FakeReader(), ABOUT, Limits())
    assert await checker.check(an_event("a", "b")) == await checker.check(an_event("a", "b"))


async def test_a_saliency_map_is_kept_whole_and_referenced(tmp_path: Path) -> None:
    drawn = replace(JUDGED, overlay_png=b"a drawing")
    folder = tmp_path / "maps"
    reader = FakeReader(lambda _: drawn)
    checker = ImageChecker(fetched, reader, ABOUT, Limits(), output=folder)
    report = await checker.check(an_event("a", "b"))
    assert [task.overlay for task in reader.tasks] == [True, True]
    kept = sorted(folder.glob("*.png"))
    assert [image.saliency_url for image in report.images] == [path.as_uri() for path in kept]
    assert [path.name for path in kept] == [f"{report.id}-1.png", f"{report.id}-2.png"]
    assert all(path.read_bytes() == b"a drawing" for path in kept)


async def test_the_documents_lie_beside_the_maps_and_the_report_says_where(tmp_path: Path) -> None:
    checker = ImageChecker(fetched, FakeReader(), ABOUT, Limits(), output=tmp_path)
    report = await checker.check(an_event("a", "missing"))
    names = [f"{report.id}.dcm", f"{report.id}.json"]
    assert [report.dicom_sr_url, report.fhir_url] == [(tmp_path / name).as_uri() for name in names]
    assert report.dicom_sr_missing is None
    assert sorted(path.name for path in tmp_path.iterdir()) == names  # noqa: ASYNC240 a test waits for nobody


async def test_the_same_event_leaves_the_same_bytes_in_the_same_files(tmp_path: Path) -> None:
    def everything() -> dict[str, bytes]:
        return {path.name: path.read_bytes() for path in tmp_path.iterdir()}

    drawn = replace(JUDGED, overlay_png=b"a drawing")
    for _ in range(2):  # a process each: nothing is remembered
        checker = ImageChecker(fetched, FakeReader(lambda _: drawn), ABOUT, Limits(), output=tmp_path)
        await checker.check(an_event("a", "b"))
        first = everything()
        await checker.check(an_event("a", "b"))
        assert everything() == first
    assert len(first) == 4
    await checker.check(an_event("a", "b", "c"))
    assert len(everything()) == 9  # another version: three maps, two documents
    assert {name: everything()[name] for name in first} == first


@pytest.mark.parametrize("name", ["missing", "a"])
async def test_a_report_without_dicom_sr_says_why(name: str, tmp_path: Path) -> None:
    nameless = replace(JUDGED, series_uid=None)
    checker = ImageChecker(fetched, FakeReader(lambda _: nameless), ABOUT, Limits(), output=tmp_path)
    report = await checker.check(an_event(name))
    assert (report.dicom_sr_url, report.dicom_sr_missing) == (None, NO_INSTANCE)
    assert report.fhir_url == (tmp_path / f"{report.id}.json").as_uri()


async def test_where_nothing_is_kept_the_report_says_so() -> None:
    report = await ImageChecker(fetched, FakeReader(), ABOUT, Limits()).check(an_event("a"))
    assert (report.dicom_sr_url, report.fhir_url, report.dicom_sr_missing) == (None, None, NO_STORE)


async def test_files_that_can_t_be_kept_do_not_hold_the_report_back(tmp_path: Path) -> None:
    (tmp_path / "full").write_bytes(b"a file where the folder should be")
    drawn = replace(JUDGED, overlay_png=b"a drawing")
    checker = ImageChecker(fetched, FakeReader(lambda _: drawn), ABOUT, Limits(), output=tmp_path / "full")
    report = await checker.check(an_event("a"))
    assert report.priority == "urgent"
    assert (report.images[0].saliency_url, report.fhir_url, report.dicom_sr_url) == (None, None, None)
    assert report.dicom_sr_missing == NOT_WRITTEN


def test_the_fingerprint_of_the_models_changes_with_any_of_them(tmp_path: Path) -> None:
    seen = {fingerprint(tmp_path)}
    (tmp_path / "a.safetensors").write_bytes(b"1")
    seen.add(fingerprint(tmp_path))
    (tmp_path / "a.safetensors").write_bytes(b"2")
    seen.add(fingerprint(tmp_path))
    (tmp_path / "a.safetensors").rename(tmp_path / "b.safetensors")
    seen.add(fingerprint(tmp_path))
    (tmp_path / "card.md").write_text("not a model")
    seen.add(fingerprint(tmp_path))
    assert len(seen) == 4


def test_the_fingerprint_counts_the_model_of_the_retina_once_wherever_it_lies(tmp_path: Path) -> None:
    (tmp_path / "a.safetensors").write_bytes(b"1")
    assert retina_folder(tmp_path) == SHIPPED
    assert fingerprint(tmp_path, retina_folder(tmp_path)) != fingerprint(tmp_path)
    (tmp_path / "fundus.safetensors").write_bytes(b"2")
    assert retina_folder(tmp_path) == tmp_path
    assert fingerprint(tmp_path, retina_folder(tmp_path)) == fingerprint(tmp_path)


@pytest.mark.timeout(400)  # a fresh process imports torch
async def test_simulated_films_go_the_whole_way_to_the_shipped_model_and_back(tmp_path: Path) -> None:
    time = datetime(2026, 1, 2, tzinfo=UTC)
    calm, ill = (
        simulated_study("chest_xray", suspicious=s, seed=1, folder=tmp_path / "in", patient="sim-1", time=time)
        for s in (False, True)
    )
    settings = Settings(image_roots=(tmp_path / "in",), image_output=tmp_path / "out", image_timeout_s=60)
    async with image_checker(settings) as checker:
        first, second = await checker.check(calm), await checker.check(ill)
    assert (first.priority, second.priority) == ("routine", "urgent")
    assert (first.images[0].refusal, second.images[0].refusal) == (None, None)
    assert second.images[0].predicted == "pneumonia"
    assert sum(found.probability for found in second.images[0].findings) == pytest.approx(1)
    assert second.images[0].sop_instance_uid == ill.images[0].sop_instance_uid
    assert str(second.provenance.model).startswith("lesion/chest_xray/")
    assert first.images[0].saliency_url is None  # a film that shows nothing has no map
    said = {url for one in (first, second) for url in (one.dicom_sr_url, one.fhir_url)} | {
        second.images[0].saliency_url
    }
    assert said == {path.as_uri() for path in (tmp_path / "out").iterdir()}
