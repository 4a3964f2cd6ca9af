"""Storage commitment: what is asked for and what is answered (PS3.4 annex J, PS3.3 C.14). Pure."""

import json
from collections.abc import Mapping
from typing import Final, NamedTuple, Self

from pydicom import Dataset, uid

from models.lesion.dicom import UID

ACTION: Final = 1  # request storage commitment, PS3.4 J.3.2.1
COMPLETE, FAILURES_EXIST = 1, 2  # event types, PS3.4 J.3.3.1
NO_SUCH_INSTANCE: Final = 0x0112  # failure reasons, PS3.3 C.14.1.1
CLASS_CONFLICT: Final = 0x0119
PROCESSING_FAILURE: Final = 0x0110
MOST: Final = 100_000
"""Instances of one request; our choice."""


class Reference(NamedTuple):
    """An instance that its sender wants to be sure of."""

    sop_class_uid: str
    sop_instance_uid: str


class Request(NamedTuple):
    """A request; `caller` is the AE title of who asks."""

    transaction_uid: str
    caller: str
    references: tuple[Reference, ...]

    def as_json(self) -> bytes:
        """As it waits on disk."""
        return json.dumps([self.transaction_uid, self.caller, self.references]).encode()

    @classmethod
    def from_json(cls, content: bytes) -> Self:
        """As it was written. Raises ValueError."""
        try:
            transaction_uid, caller, references = json.loads(content)
            return cls(str(transaction_uid), str(caller), tuple(Reference(*one) for one in references))
        except TypeError:
            raise ValueError from None


def request_of(said: Dataset, caller: str) -> Request:
    """What an N-ACTION asks for. Raises ValueError where it does not say that rightly."""
    transaction_uid = str(said.get("TransactionUID") or "")
    references = tuple(
        Reference(str(one.get("ReferencedSOPClassUID") or ""), str(one.get("ReferencedSOPInstanceUID") or ""))
        for one in said.get("ReferencedSOPSequence") or ()
    )
    stated = [transaction_uid, *(stated for one in references for stated in one)]
    if not references or len(references) > MOST or not all(map(UID.fullmatch, stated)):
        raise ValueError
    return Request(transaction_uid, caller, references)


def result(request: Request, failures: Mapping[Reference, int]) -> tuple[int, Dataset]:
    """The event type and the information of the N-EVENT-REPORT; `failures` has the reason of each."""
    said = Dataset()
    said.TransactionUID = uid.UID(request.transaction_uid)
    stored = [_item(one) for one in request.references if one not in failures]
    if stored:
        said.ReferencedSOPSequence = stored
    if failures:
        said.FailedSOPSequence = [_item(one) for one in request.references if one in failures]
        for item, one in zip(
            said.FailedSOPSequence, [one for one in request.references if one in failures], strict=True
        ):
            item.FailureReason = failures[one]
    return (FAILURES_EXIST if failures else COMPLETE), said


def _item(one: Reference) -> Dataset:
    item = Dataset()
    item.ReferencedSOPClassUID, item.ReferencedSOPInstanceUID = one
    return item
