"""How a site reads what its senders write: key of pseudonyms, zone, whose identifiers are bare, what is allowed."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import tzinfo

from models.deidentify.keyed import Keyed
from stream.gateway.profile import Profile


@dataclass(frozen=True)
class Conventions:
    """How a gateway reads.

    key             pseudonyms follow from it
    zone            of time-stamps that state none, in messages whose MSH-7 states none
    authority       who assigned an identifier that does not say so: a name, or an OID or DNS name
    profile         of the sender; None: it is recognised by its header and codes, else it has no dialect
    same_authority  names of one authority: by the one that is sent, the name that counts
    fillers         in lower case, what stands for nobody at this site, beside what does so everywhere
    takes_tests     whether messages of a test stand are taken (MSH-11 T and D), under names of their own
    knows_beds      whether an observation of nobody is filed by its bed (PV1-3)
    """

    key: Keyed
    zone: tzinfo | None = None
    authority: str = ""
    profile: Profile | None = None
    same_authority: Mapping[str, str] = field(default_factory=dict)
    fillers: frozenset[str] = frozenset()
    takes_tests: bool = False
    knows_beds: bool = True
