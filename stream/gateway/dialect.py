"""What a sender profile says: the dialect of a vendor's devices or of a hospital's engine, in typed rows."""

import codecs
from collections.abc import Iterable, Mapping, Sequence
from fnmatch import fnmatchcase
from functools import cached_property
from typing import Annotated, Final, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from schemas.alerts import Priority
from stream.gateway.codes import system_of
from stream.gateway.moments import zone_named
from stream.gateway.plan import Plan
from stream.gateway.quantities import BY_PLACE, Topic
from stream.gateway.units import is_unit, plain

UNCONFIRMED: Final = "unconfirmed"
"""How the source of a row begins whose meaning was not found in a public source; it is not used for a value."""


class _Row(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)

    source: str = Field(min_length=2)


class CodeRow(_Row):
    """What one code means to senders of a profile: a field and how it is measured, or why it is not used."""

    system: Annotated[str, AfterValidator(system_of)] = ""
    code: str = ""
    names: tuple[str, ...] = ()
    """What OBX-3.2 calls it; a row without a code is known by these alone."""
    sub_id: str = ""
    """OBX-4, where one code has several observations."""
    topic: Topic | None = None
    """May be left out where only one topic has the field; of both, the vital sign is meant."""
    field: str | None = None
    method: str | None = None
    unit: str | None = None
    """The unit of its numbers where the sender writes none."""
    factor: float = 1.0
    """Of a value of this code the part that the field counts, as of urea its nitrogen."""
    molar_mass_g_per_mol: float | None = None
    """Of what the code counts, where that is not what the field counts."""
    not_used: str | None = None
    """Why what the code means is not used."""

    @property
    def is_confirmed(self) -> bool:
        """Whether a public source says what the code means."""
        return not self.source.lower().startswith(UNCONFIRMED)

    @property
    def key(self) -> tuple[str, str, str]:
        """Coding system, code and sub-id, in capitals."""
        return self.system, self.code.upper(), self.sub_id.upper()

    def is_called(self, name: str) -> bool:
        """Whether it goes by this name, in whatever case."""
        return name.upper() in (own.upper() for own in self.names)

    @property
    def means(self) -> tuple[object, ...]:
        """What two rows of one name must agree in."""
        return (
            self.topic,
            self.field,
            self.method,
            self.unit,
            self.factor,
            self.molar_mass_g_per_mol,
            self.not_used is None,
        )

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


class AlarmRow(_Row):
    """What one code of an OBX of an ORU^R01 says that is a vendor's alarm and no observation."""

    system: Annotated[str, AfterValidator(system_of)] = ""
    code: str = Field(min_length=1)
    """`*`: every other code of the system."""
    value_type: str = ""
    """OBX-2 where the code alone does not tell an alarm."""
    type: Literal["physiological", "technical"] | None = None
    priority: Priority | None = None
    """Absent where it stands in marks before the text (`***`, `**`, `*`), or nowhere."""


class Answers(BaseModel):
    """How this sender reads an answer (HL7 table 0008), since engines differ."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    again: Literal["AE", "AR", "none"] = "AR"
    """After which it sends the message again; none: after no answer at all."""
    never: Literal["AE", "AR"] = "AE"
    """After which it gives the message up."""
    both: bool = False
    """Whether, where it asks for both answers (MSH-15 and 16), it waits for the commit's and then the application's."""


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
    if name is not None:
        zone_named(name)
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
    empty_codes: frozenset[str] = frozenset()
    """What stands for a code (OBX-3.1) and says nothing: then the name alone counts."""
    off_values: frozenset[float] = frozenset()
    """Numbers of vital signs that mean "sensor off", as they are sent; a laboratory's base excess may be -1."""
    off_words: frozenset[str] = frozenset()
    """Texts in OBX-5 that mean the same."""
    flags: Mapping[str, Literal["test", "off", "doubtful"]] = {}
    """What an OBX-8 says of an observation."""
    statuses: Mapping[str, Literal["measured", "corrected", "withdrawn", "off", "pending"]] = {}
    """What an OBX-11 says of an observation."""
    words: Mapping[str, Literal["alert", "confusion", "voice", "pain", "unresponsive", "yes", "no"]] = {}
    """What a coded or written value says of consciousness, or of a question."""
    alarm_dialect: str | None = None
    alarms: tuple[AlarmRow, ...] = ()
    answers: Answers = Answers()
    system: Annotated[str, AfterValidator(system_of)] = ""
    """The coding system of the rows below that state none."""
    codes: tuple[CodeRow, ...] = ()
    units: tuple[UnitRow, ...] = ()

    @cached_property
    def by_code(self) -> Mapping[tuple[str, str, str], CodeRow]:
        """The rows by coding system, code and sub-id, in capitals."""
        return {row.key: row for row in reversed(self.codes) if row.code}

    @cached_property
    def by_name(self) -> Mapping[tuple[str, str], CodeRow]:
        """The rows by coding system and name in capitals."""
        return {(row.system, name.upper()): row for row in reversed(self.codes) for name in row.names}

    @cached_property
    def by_alarm(self) -> Mapping[tuple[str, str], AlarmRow]:
        """The rows of alarms by coding system and code in capitals."""
        return {(row.system, row.code.upper()): row for row in reversed(self.alarms)}

    def alarm(self, system: str, code: str, value_type: str) -> AlarmRow | None:
        """The row of an alarm by what OBX-3 and OBX-2 hold; None: it is none."""
        if not self.alarms:
            return None
        stated = system_of(system) or self.default_system
        row = self.by_alarm.get((stated, code.upper())) or self.by_alarm.get((stated, "*"))
        return row if row is not None and row.value_type in {"", value_type} else None

    @cached_property
    def plans(self) -> dict[tuple[object, ...], Plan]:
        """How observations are read, by what a sender wrote: a device writes the same again and again."""
        return {}

    @cached_property
    def off_words_folded(self) -> frozenset[str]:
        """The words that say that a sensor is off, in whatever case they come."""
        return frozenset(word.casefold() for word in self.off_words)

    @cached_property
    def by_word(self) -> Mapping[str, str]:
        """What a word says, by the word in capitals."""
        return {word.upper(): said for word, said in self.words.items()}

    @cached_property
    def unit_names(self) -> Mapping[str, str]:
        """The plain name of a known unit by the plain private one."""
        return {plain(row.code): plain(row.unit) for row in reversed(self.units)}

    def is_off(self, value: float) -> bool:
        """Whether a vital sign's number, as it is sent, says that the sensor is off."""
        return value in self.off_values
