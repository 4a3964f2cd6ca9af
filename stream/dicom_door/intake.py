"""From an instance's last byte to its fate, the same for C-STORE and STOW-RS."""

from collections.abc import Callable
from typing import Final

from pynetdicom import AllStoragePresentationContexts
from structlog import get_logger

from stream.dicom_door.header import Header
from stream.dicom_door.incoming import Incoming
from stream.dicom_door.names import Study, instance_name, study_of
from stream.dicom_door.outcome import NotStored, Outcome, Status
from stream.dicom_door.store import Store
from stream.dicom_door.tally import Tally
from stream.gateway.conventions import Conventions

log = get_logger()

CLASSES: Final = frozenset(str(context.abstract_syntax) for context in AllStoragePresentationContexts)
"""The SOP classes that can be stored: all that the standard has for a patient's images and documents."""


class Intake:
    """Puts instances into the store; `heard` is told of each study that has a new one, by whatever thread."""

    def __init__(self, store: Store, conventions: Conventions, tally: Tally, heard: Callable[[Study], None]) -> None:
        self.store = store
        self._conventions = conventions
        self._tally = tally
        self._heard = heard

    def take(self, incoming: Incoming, sender: str, stated: Outcome | None = None, study_uid: str = "") -> Outcome:
        """Keep what has been received whole; return what became of it. Where it is STORED it is on disk.

        `stated` is what a C-STORE request says of the instance, `study_uid` the study that it must belong to.
        """
        header = None
        try:
            sha256 = incoming.finish()
            header = self.store.received(incoming)
            _check(header, stated, study_uid)
            study = study_of(header, self._conventions)
            instance = instance_name(header.sop_instance_uid, self._conventions.key)
            if self.store.keep(incoming, sha256, study, instance):
                self._heard(study)
            else:
                self._tally.double(sender)
        except NotStored as refused:
            status = refused.status
        except Exception as error:
            log.exception("instance-broke-the-intake", error=type(error).__name__)
            status = Status.FAILED
        else:
            status = Status.STORED
        finally:
            incoming.discard()
        self._tally.took(sender, status)
        said = header or stated
        return Outcome(status, said.sop_class_uid, said.sop_instance_uid) if said else Outcome(status)


def _check(header: Header, stated: Outcome | None, study_uid: str) -> None:
    """Refuse an instance without what tells it from others, or that is another one than its request says."""
    known = (header.sop_class_uid, header.sop_instance_uid)
    if stated is not None and known != (stated.sop_class_uid, stated.sop_instance_uid):
        raise NotStored(Status.MISMATCH)
    if study_uid not in {"", header.study_uid}:
        raise NotStored(Status.MISMATCH)
    if not (all(known) and header.study_uid and header.series_uid):
        raise NotStored(Status.MISMATCH)
    if header.sop_class_uid not in CLASSES:
        raise NotStored(Status.CLASS_NOT_SUPPORTED)
