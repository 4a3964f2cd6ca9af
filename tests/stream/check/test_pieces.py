"""However large a study is, each of its reports fits into a record, and together they speak of every image once."""

import pytest
from pydantic import ValidationError

from schemas.imaging import ImageReference, ImagingReady
from schemas.wire import Provenance
from stream.check.frames import MOST_REASONS
from stream.check.pieces import pieces
from stream.check.report import ReportSource, report_id
from stream.delivery.outputs import output
from tests.builders.lesion_reports import a_report, an_image
from tests.stream.check.test_report import an_event

LARGEST = 1000
MOST = 10_000
"""Images of an announcement; schemas/imaging.py allows no more."""


def a_large_event(count: int = LARGEST, url_characters: int = 100) -> ImagingReady:
    urls = (f"https://archive.example/{number:04}".ljust(url_characters, "x") for number in range(count))
    return an_event(*(ImageReference(url=url, sop_instance_uid=f"1.2.{number}") for number, url in enumerate(urls)))


def test_a_study_of_usual_size_stays_whole() -> None:
    event = a_large_event(400)
    assert pieces(event) == [event]


def test_the_pieces_of_a_large_study_hold_every_image_once_in_the_announced_order() -> None:
    event = a_large_event()
    parts = pieces(event)
    assert len(parts) == 3
    assert tuple(image for part in parts for image in part.images) == event.images
    about = ReportSource("1", "m")
    assert len({report_id(one, about) for one in [event, *parts]}) == 4


def test_an_announcement_may_name_the_slices_of_several_long_series() -> None:
    event = ImagingReady.model_validate_json(a_large_event(MOST).model_dump_json())
    assert sum(len(part.images) for part in pieces(event)) == MOST
    with pytest.raises(ValidationError):
        a_large_event(MOST + 1)


def test_images_that_are_added_at_the_end_leave_the_pieces_before_as_they_were() -> None:
    assert pieces(a_large_event(999))[:2] == pieces(a_large_event(1000))[:2]


def test_the_report_on_the_largest_piece_fits_into_a_record_at_its_most_talkative() -> None:
    longest = "x" * 2048
    for url in ("https://archive.example/1", longest):
        event = a_large_event(url_characters=len(url))
        images = [
            an_image(
                number,
                url=url,
                saliency_url="file:///" + "x" * 300,
                frames=100,
                frames_judged=64,
                frames_not_judged=[{"reason": "x" * 210, "count": 18}] * MOST_REASONS,
                pixel_spacing_mm=(0.703125, 0.703125),
                findings=tuple(
                    {"label": f"a finding of the chest {label}", "probability": 0.123456789012} for label in range(15)
                ),
                provenance=Provenance(software="1", data="none"),
            )
            for number in range(max(len(part.images) for part in pieces(event)))
        ]
        sent = output("lesion-reports", a_report(*images), None)
        assert len(sent.value or b"") < 1_000_000
