"""Sender profiles: how a vendor's devices or a hospital's engine write HL7, one readable TOML file per dialect.

A profile may extend others: what it does not say it takes from them, the nearest last; its rows stand before theirs,
and its off values, flags and statuses are added to theirs. A site writes its own file in the same way, without code.
"""

import codecs
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from fnmatch import fnmatchcase
from functools import cache, cached_property
from importlib import resources
from pathlib import Path
from typing import Annotated, Final, Literal, Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator

from stream.gateway.codes import system_of
from stream.gateway.quantities import BY_PLACE, Topic
from stream.gateway.units import is_unit, plain

UNCONFIRMED: Final = "unconfirmed"
"""How the source of a row begins whose meaning was not found in a public source; it is not used for a value."""
_SHIPPED: Final = resources.files("stream.gateway") / "profiles"


class ProfileError(Exception):
    """A profile can't be used; the text is one sentence that names the file and the key."""


class _Row(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)

    source: str = Field(min_length=3)


class CodeRow(_Row):
    """What one code means to senders of a profile: a field and how it is measured, or why it is not used."""

    system: Annotated[str, AfterValidator(system_of)] = ""
    code: str = ""
    names: tuple[str, ...] = ()
    """What OBX-3.2 calls it; a row without a code is known by these alone."""
    topic: Topic | None = None
    """May be left out where only one topic has the field; of both, the vital sign is meant."""
    field: str | None = None
    method: str | None = None
    unit: str | None = None
    """The unit of its numbers where the sender writes none."""
    factor: float = 1.0
    not_used: str | None = None
    structure: bool = False

    @property
    def is_confirmed(self) -> bool:
        """Whether a public source says what the code means."""
        return not self.source.lower().startswith(UNCONFIRMED)

    @property
    def kind_not_used(self) -> Literal["no place", "structure"]:
        """Whether it is an observation at all."""
        return "structure" if self.structure else "no place"

    def is_called(self, name: str) -> bool:
        """Whether it goes by this name, in whatever case."""
        return name.upper() in (own.upper() for own in self.names)

    @property
    def means(self) -> tuple[object, ...]:
        """What two rows of one code must agree in."""
        return (self.topic, self.field, self.method, self.unit, self.factor, self.not_used is None)

    @model_validator(mode="before")
    @classmethod
    def topic_of_the_field(cls, row: object) -> object:
        """Add the topic where the field says it."""
        if not isinstance(row, dict) or "topic" in row or "field" not in row:
            return row
        return row | {"topic": "vitals" if ("vitals", row["field"]) in BY_PLACE else "labs"}

    @model_validator(mode="after")
    def it_means_one_thing(self) -> Self:
        """Refuse a row that says nothing, or says a field that is not on the wire."""
        if not (self.code or self.names):
            message = "it has neither a code nor a name"
            raise ValueError(message)
        if self.not_used is not None:
            if self.field is not None:
                message = "it has a field, and a reason why it is not used"
                raise ValueError(message)
            return self
        quantity = None if self.topic is None or self.field is None else BY_PLACE.get((self.topic, self.field))
        if quantity is None:
            message = f"{self.topic or 'no topic'} has no field {self.field or '(none named)'}"
            raise ValueError(message)
        if self.method not in quantity.methods:
            message = f"method {self.method!r} is none of {', '.join(quantity.methods)}"
            raise ValueError(message)
        if self.unit is not None and not is_unit(self.unit):
            message = f"unit {self.unit!r} is not known"
            raise ValueError(message)
        return self


class UnitRow(_Row):
    """What one private name of a unit means to senders of a profile."""

    code: str = Field(min_length=1)
    unit: str

    @model_validator(mode="after")
    def it_is_a_unit(self) -> Self:
        """Refuse a unit that can't be converted."""
        if not is_unit(self.unit):
            message = f"unit {self.unit!r} is not known"
            raise ValueError(message)
        return self


class Answers(BaseModel):
    """How this sender reads an answer (HL7 table 0008), since engines differ."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    again: Literal["AE", "AR"] = "AR"
    """After which it sends the message again."""
    never: Literal["AE", "AR"] = "AE"
    """After which it gives the message up."""


class Signature(BaseModel):
    """What only this dialect sends. All that is stated has to hold; `*` stands for any text."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    application: str | None = None
    """A component of MSH-3."""
    facility: str | None = None
    """A component of MSH-4."""
    version: str | None = None
    """MSH-12."""
    message_profile: str | None = None
    """A component of MSH-21."""
    system: str | None = None
    """A coding system of the observations (OBX-3.3)."""

    def fits(
        self,
        application: Sequence[str],
        facility: Sequence[str],
        version: str,
        message_profiles: Sequence[str],
        systems: Iterable[str],
    ) -> bool:
        """Whether a message bears all that is stated."""
        asked = (
            (self.application, application),
            (self.facility, facility),
            (self.version, (version,)),
            (self.message_profile, message_profiles),
            (self.system, systems),
        )
        stated = [(pattern, found) for pattern, found in asked if pattern is not None]
        return bool(stated) and all(any(fnmatchcase(one, pattern) for one in found) for pattern, found in stated)


def _a_zone(name: str | None) -> str | None:
    try:
        if name is not None:
            ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        message = f"there is no time zone {name!r}"
        raise ValueError(message) from None
    return name


def _a_codec(name: str | None) -> str | None:
    try:
        if name is not None:
            codecs.lookup(name)
    except LookupError:
        message = f"there is no character set {name!r}"
        raise ValueError(message) from None
    return name


class Profile(BaseModel):
    """How the senders of one dialect write; everything but name, description and source may be left out."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = Field(pattern=r"^[a-z0-9][a-z0-9-]*$")
    description: str = Field(min_length=1)
    source: str = Field(min_length=1)
    extends: tuple[str, ...] = ()
    sources: Mapping[str, str] = {}
    """Short names for sources, which the rows of the same file may use."""
    recognise: tuple[Signature, ...] = ()
    zone: Annotated[str | None, AfterValidator(_a_zone)] = None
    """IANA's name of the zone of time-stamps that state none."""
    charset: Annotated[str | None, AfterValidator(_a_codec)] = None
    """Python's name of the character set of messages that state none (MSH-18)."""
    authority: str = ""
    """Who assigned a patient's id that does not say so."""
    default_system: Annotated[str, AfterValidator(system_of)] = ""
    """The coding system of codes that state none."""
    off_values: frozenset[float] = frozenset()
    """Numbers of vital signs that mean "sensor off", as they are sent; a laboratory's base excess may be -1."""
    off_words: frozenset[str] = frozenset()
    """Texts in OBX-5 that mean the same."""
    flags: Mapping[str, Literal["test", "off", "doubtful"]] = {}
    """What an OBX-8 says of an observation."""
    statuses: Mapping[str, Literal["measured", "corrected", "withdrawn", "off", "pending"]] = {}
    """What an OBX-11 says of an observation."""
    alarm_dialect: str | None = None
    answers: Answers = Answers()
    system: Annotated[str, AfterValidator(system_of)] = ""
    """The coding system of the rows below that state none."""
    codes: tuple[CodeRow, ...] = ()
    units: tuple[UnitRow, ...] = ()

    @cached_property
    def by_code(self) -> Mapping[tuple[str, str], CodeRow]:
        """The rows by coding system and code in capitals."""
        return {(row.system, row.code.upper()): row for row in reversed(self.codes) if row.code}

    @cached_property
    def by_name(self) -> Mapping[tuple[str, str], CodeRow]:
        """The rows by coding system and name in capitals."""
        return {(row.system, name.upper()): row for row in reversed(self.codes) for name in row.names}

    @cached_property
    def unit_names(self) -> Mapping[str, str]:
        """The plain name of a known unit by the plain private one."""
        return {plain(row.code): plain(row.unit) for row in reversed(self.units)}

    def is_off(self, value: float) -> bool:
        """Whether a vital sign's number, as it is sent, says that the sensor is off."""
        return value in self.off_values


def names() -> tuple[str, ...]:
    """The shipped profiles."""
    return tuple(sorted(path.name.removesuffix(".toml") for path in _SHIPPED.iterdir() if path.name.endswith(".toml")))


def load(name_or_path: str | Path) -> Profile:
    """A shipped profile by its name, or a site's own by its path (which ends in .toml); raises ProfileError."""
    stated = str(name_or_path)
    if stated.endswith(".toml"):
        return _read(stated, ())
    return _shipped(stated)


def recognise(
    application: Sequence[str] = (),
    facility: Sequence[str] = (),
    version: str = "",
    message_profiles: Sequence[str] = (),
    systems: Iterable[str] = (),
) -> Profile | None:
    """The shipped profile of a message by what its header and codes bear; None where that is not certain.

    Args:
        application: components of MSH-3.
        facility: components of MSH-4.
        version: MSH-12.
        message_profiles: components of MSH-21, of all its repetitions.
        systems: coding systems of its observations (OBX-3.3 and 3.6).
    """
    stated = (application, facility, version, message_profiles, tuple(systems))
    found = [one for one in map(_shipped, names()) if any(signature.fits(*stated) for signature in one.recognise)]
    nearer = [one for one in found if not any(one.name in _ancestors(other) for other in found)]
    return nearer[0] if len(nearer) == 1 else None


@cache
def _shipped(name: str) -> Profile:
    if name not in names():
        message = f"there is no profile {name!r}; a file's name ends in .toml, and shipped are {', '.join(names())}"
        raise ProfileError(message)
    return _read(name, ())


def _ancestors(profile: Profile) -> set[str]:
    return set(profile.extends).union(*(_ancestors(_shipped(name)) for name in profile.extends))


def _read(stated: str, below: tuple[str, ...]) -> Profile:
    """One file with what it extends; `below` are the files that led here."""
    if stated in below:
        message = f"{stated}: extends: it extends itself by way of {', '.join(below)}"
        raise ProfileError(message)
    own = _validated(stated, _contents(stated, below))
    _no_contradiction(stated, own.codes)
    parents = []
    for name in own.extends:
        nested = str(Path(stated).parent / name) if name.endswith(".toml") else name
        parents.append(_read(nested, (*below, stated)))
    return _merged(own, parents)


def _contents(stated: str, below: tuple[str, ...]) -> dict[str, object]:
    path = Path(stated) if stated.endswith(".toml") else _SHIPPED / f"{stated}.toml"
    try:
        contents = tomllib.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        message = (
            f"{below[-1]}: extends: there is no profile {stated!r}" if below else f"{stated}: there is no such file"
        )
        raise ProfileError(message) from None
    except (OSError, UnicodeDecodeError):
        message = f"{stated}: the file can't be read as UTF-8 text"
        raise ProfileError(message) from None
    except tomllib.TOMLDecodeError as error:
        message = f"{stated}: the file is no TOML: {error}"
        raise ProfileError(message) from None
    return contents


def _validated(stated: str, contents: dict[str, object]) -> Profile:
    try:
        found = Profile.model_validate(contents)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False, include_context=False)[0]
        key = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in first["loc"]).lstrip(".")
        message = f"{stated}: {key or 'the file'}: {first['msg'].removeprefix('Value error, ')}"
        raise ProfileError(message) from None
    full = found.sources
    codes = [
        row.model_copy(update={"source": full.get(row.source, row.source), "system": row.system or found.system})
        for row in found.codes
    ]
    units = [row.model_copy(update={"source": full.get(row.source, row.source)}) for row in found.units]
    return found.model_copy(update={"codes": tuple(codes), "units": tuple(units)})


def _no_contradiction(stated: str, rows: Sequence[CodeRow]) -> None:
    """Refuse two rows of one file that say of one code, or of one name, two things."""
    said: dict[tuple[str, str, str], CodeRow] = {}
    for number, row in enumerate(rows):
        for key in (("code", row.system, row.code.upper()), *(("name", row.system, one.upper()) for one in row.names)):
            other = said.setdefault(key, row) if key[2] else row
            if other is not row and (key[0] == "code" or other.means != row.means):
                message = f"{stated}: codes[{number}]: the {key[0]} has a row before it"
                raise ProfileError(message)


def _merged(own: Profile, parents: Sequence[Profile]) -> Profile:
    """The profile with what it does not say taken from those that it extends, the last of them first."""
    taken: dict[str, object] = {}
    for parent in parents:
        taken |= {key: getattr(parent, key) for key in ("zone", "charset", "authority", "default_system")}
        taken |= {key: getattr(parent, key) for key in ("alarm_dialect", "answers")}
    taken |= {key: getattr(own, key) for key in own.model_fields_set}
    every = (*parents, own)
    nearest_first = (own, *reversed(parents))
    taken["off_values"] = frozenset().union(*(one.off_values for one in every))
    taken["off_words"] = frozenset().union(*(one.off_words for one in every))
    taken["flags"] = {key: value for one in every for key, value in one.flags.items()}
    taken["statuses"] = {key: value for one in every for key, value in one.statuses.items()}
    taken["codes"] = _nearest(nearest_first)
    taken["units"] = tuple(row for one in nearest_first for row in one.units)
    return own.model_copy(update=taken)


def _nearest(profiles: Sequence[Profile]) -> tuple[CodeRow, ...]:
    """Every row, but of one code the nearest only."""
    found: dict[tuple[str, str, tuple[str, ...]], CodeRow] = {}
    for profile in profiles:
        for row in profile.codes:
            found.setdefault((row.system, row.code.upper(), () if row.code else row.names), row)
    return tuple(found.values())
