"""Options that say how HL7 and FHIR senders write, the same for the live gateway and the dry run."""

from typing import TYPE_CHECKING, Annotated

import typer

from stream.commands.refusal import Refusal

if TYPE_CHECKING:
    from collections.abc import Iterable
    from zoneinfo import ZoneInfo

    from models.deidentify.keyed import Keyed
    from stream.gateway.conventions import Conventions
    from stream.gateway.profile import Profile
    from stream.settings import Settings

Zone = Annotated[
    str | None,
    typer.Option(help="Zone of time-stamps where neither they nor MSH-7 state one, e.g. Europe/Berlin; else refused."),
]
Authority = Annotated[
    str, typer.Option(help="Who assigned a patient's id in PID-3 that does not say so: a name, or an OID.")
]
SameAuthority = Annotated[
    list[str] | None,
    typer.Option(
        metavar="SENT=COUNTS",
        help="Two names of one authority, e.g. 1.2.276.0.76.3.1.1=HOSPITAL; else they are two. Each is a name, an OID "
        "or an address (http://...). Repeatable.",
    ),
]
Fillers = Annotated[
    list[str] | None,
    typer.Option(help="A patient's id that stands for nobody at this site, beside UNKNOWN, zeros and the like."),
]
IdAuthority = Annotated[
    str,
    typer.Option(
        help="Count patients' logical ids (Patient/123), which this authority assigns, and not their identifiers: for "
        "one server whose Patients have none."
    ),
]
IdSystem = Annotated[
    str, typer.Option(help="Of a patient's identifiers only those of this system count; else MR, official, the first.")
]
ProfileName = Annotated[
    str | None,
    typer.Option(
        "--profile",
        help="How senders write: a shipped profile, or your own file ending in .toml. Without it, what a message shows "
        "for certain.",
    ),
]


def conventions(
    key: "Keyed",
    profile: str | None,
    zone: str | None,
    authority: str,
    same_authority: "Iterable[str] | None",
    nobody: "Iterable[str] | None",
    *,
    takes_tests: bool = False,
    knows_beds: bool = True,
) -> "Conventions":
    """What the options say; raises Refusal for one that can't be."""
    from stream.gateway.conventions import Conventions

    return Conventions(
        key,
        _zone(zone),
        authority,
        None if profile is None else profile_named(profile),
        _authorities(same_authority or ()),
        frozenset(one.casefold() for one in nobody or ()),
        takes_tests=takes_tests,
        knows_beds=knows_beds,
    )


def lasting_key(settings: "Settings") -> "Keyed":
    """The key of pseudonyms, the same after a restart; raises Refusal without one, IdentityKeyError, OSError."""
    from stream.access.identity_key import identity_key

    if settings.identity_key_file is None:
        sentence = "set WARDWATCH_IDENTITY_KEY_FILE: with another key a patient would be another after a restart"
        raise Refusal(sentence)
    return identity_key(settings.identity_key_file)


def profile_named(name: str) -> "Profile":
    """A profile by its name or file; raises Refusal."""
    from stream.gateway.profile import ProfileError, load

    try:
        return load(name)
    except ProfileError as error:
        raise Refusal(str(error)) from None


def pair(stated: str) -> tuple[str, str]:
    """Both sides of `A=B`; raises Refusal."""
    left, between, right = stated.partition("=")
    if not (between and left.strip() and right.strip()):
        sentence = f"{stated!r} is not of the form A=B"
        raise Refusal(sentence)
    return left.strip(), right.strip()


def _authorities(stated: "Iterable[str]") -> dict[str, str]:
    from stream.gateway.authorities import table_of

    try:
        return table_of(pair(one) for one in stated)
    except ValueError as error:
        raise Refusal(str(error)) from None


def _zone(name: str | None) -> "ZoneInfo | None":
    from stream.gateway.moments import zone_named

    try:
        return None if name is None else zone_named(name)
    except ValueError as error:
        raise Refusal(str(error)) from None
