"""What is told of a message: what was left out, what is odd, and where. Nothing of the message's content is in it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

Weight = Literal["fault", "left out", "remark"]
"""fault: what should be right is not, and costs its observation. left out: nothing is made of it here. remark: taken,
and odd."""


@dataclass(frozen=True)
class Trouble:
    """One thing that is told, in an ERR of the answer and in the log."""

    where: str  # as ERR-2: segment^number^field
    code: str  # of HL7 table 0357; 0 where the message is as it should be
    sentence: str
    weight: Weight = "fault"


class Unused(NamedTuple):
    """An observation that became no value, for who maintains the profiles; `code` is OBX-3 as the sender writes it."""

    where: str
    code: str
    why: str


class Unusable(Exception):  # noqa: N818 - the message is at fault
    """Nothing of the message can be used: `trouble` decided that, `troubles` are all that is told of it."""

    def __init__(self, trouble: Trouble, troubles: Iterable[Trouble] = (), unused: Sequence[Unused] = ()) -> None:
        super().__init__(trouble.sentence)
        self.trouble = trouble
        self.troubles = (trouble, *(one for one in troubles if one != trouble))
        self.unused = unused


class LeftOut(Exception):  # noqa: N818 - one observation, not the message
    """One observation is left out; the trouble says why."""

    def __init__(self, trouble: Trouble) -> None:
        super().__init__(trouble.sentence)
        self.trouble = trouble


@dataclass
class Told:
    """All that is told of one message: each thing once, in its order."""

    troubles: dict[Trouble, None] = field(default_factory=dict)
    unused: list[Unused] = field(default_factory=list)

    def tell(self, *troubles: Trouble) -> None:
        """Tell something."""
        self.troubles |= dict.fromkeys(troubles)

    def leave_out(self, trouble: Trouble, code: str) -> None:
        """Tell that an observation is left out."""
        self.tell(trouble)
        self.unused.append(Unused(trouble.where, code, trouble.sentence))

    @property
    def faults(self) -> list[Trouble]:
        """What is at fault with the message."""
        return [one for one in self.troubles if one.weight == "fault" and one.code != "0"]
