"""When a study is quiet, and which events its instances make. Pure.

The same instances make the same events with the same ids, in whatever order they are read; one more instance, or
another content of one, makes an event with an id of its own.
"""

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Final, NamedTuple
from uuid import UUID

from schemas import cloudevents
from schemas.identity import output_id
from schemas.imaging import ImageReference, ImagingReady
from schemas.topics import TOPICS
from stream.dicom_door.header import Header
from stream.dicom_door.names import File, Study
from stream.feeds.events import FeedEvent

TOPIC: Final = "imaging-ready"
SOURCE: Final = "dicom"
RULE: Final = "dicom-door/1"
MOST: Final = 2000
"""Instances of one event: some 700 kB, below the megabyte that a producer sends. Our choice."""


class Instance(NamedTuple):
    """An instance on disk: its file, where a worker finds that, when it was written, and what its header says."""

    file: File
    url: str
    arrived: datetime
    header: Header


class Quiet:
    """Which studies have had an instance since their last event, and when; times are of one monotonic clock."""

    def __init__(self, quiet_s: float) -> None:
        self._quiet_s = quiet_s
        self._heard_s: dict[Study, float] = {}

    def __len__(self) -> int:
        """Return how many studies wait for their event."""
        return len(self._heard_s)

    def heard(self, study: Study, now_s: float) -> None:
        """A new instance of a study is on disk."""
        self._heard_s[study] = now_s

    def take_due(self, now_s: float) -> list[Study]:
        """Return the studies that have been quiet for long enough, and wait for them no longer."""
        due = [study for study, heard_s in self._heard_s.items() if now_s - heard_s >= self._quiet_s]
        for study in due:
            del self._heard_s[study]
        return due


def with_pictures(instances: Iterable[Instance]) -> list[Instance]:
    """Return what can be judged, in the order of arrival; of one instance with two contents the later one."""
    newest: dict[str, Instance] = {}
    for one in sorted(instances, key=lambda one: (one.arrived, one.file.name)):
        newest.pop(one.file.instance, None)
        newest[one.file.instance] = one
    return [one for one in newest.values() if one.header.has_picture]


def events(study: Study, instances: Iterable[Instance]) -> Iterator[tuple[UUID, FeedEvent]]:
    """Yield the events of a study with their ids: one, or of a study with very many instances one for each part.

    Parts are cut in the order of arrival, so that a late instance changes the last one alone.
    """
    there = with_pictures(instances)
    for begin in range(0, len(there), MOST):
        yield _event(study, there[begin : begin + MOST])


def _event(study: Study, instances: Sequence[Instance]) -> tuple[UUID, FeedEvent]:
    time = max(one.arrived for one in instances)
    about = ImagingReady(
        patient=study.patient,
        time=time,
        study_uid=instances[0].header.study_uid,
        series_uid=_common(one.header.series_uid for one in instances),
        modality=_common(one.header.modality for one in instances),
        body_part=_common(one.header.body_part for one in instances),
        images=tuple(
            ImageReference(url=one.url, sop_instance_uid=one.header.sop_instance_uid, sha256=one.file.sha256)
            for one in instances
        ),
        source=SOURCE,
    )
    contents = "\n".join(sorted(f"{one.header.sop_instance_uid} {one.file.sha256}" for one in instances))
    digest = hashlib.sha256(contents.encode()).hexdigest()
    event_id = output_id(TOPIC, study.patient, RULE, about.study_uid, digest)
    headers = cloudevents.headers(event_id=event_id, ce_type=TOPICS[TOPIC].ce_type, subject=study.patient, time=time)
    return event_id, FeedEvent(TOPIC, study.patient, time, about, tuple(headers))


def _common(stated: Iterable[str]) -> str | None:
    """What all instances say; None where they differ or say nothing."""
    different = set(stated)
    return (different.pop() or None) if len(different) == 1 else None
