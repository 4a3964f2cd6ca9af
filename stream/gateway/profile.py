"""Sender profiles: how a vendor's devices or a hospital's engine write HL7, one readable TOML file per dialect.

A profile may extend others: what it does not say it takes from them, the nearest first; its rows stand before theirs,
and its off values, empty codes, words, flags and statuses are added to theirs. A site writes its own file in the same
way, without code.
"""

import tomllib
from collections.abc import Iterable, Sequence
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Final

from pydantic import ValidationError

from stream.gateway.dialect import CodeRow, Profile

__all__ = ["Profile", "ProfileError", "load", "names", "recognise"]

_SHIPPED: Final = resources.files("stream.gateway") / "profiles"
_SCALARS: Final = ("zone", "charset", "authority", "default_system", "alarm_dialect", "answers")
"""What is taken from the nearest profile that says it."""


class ProfileError(Exception):
    """A profile can't be used; the text is one sentence that names the file and the key."""


@cache
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
        message = f"{below[-1]}: extends: " if below else ""
        message += f"{stated}: the file can't be read as UTF-8 text"
        raise ProfileError(message) from None
    except tomllib.TOMLDecodeError as error:
        message = f"{stated}: the file is no TOML: {error}"
        raise ProfileError(message) from None
    except (RecursionError, ValueError):
        message = f"{stated}: the file is nested too deep, or has too long a number"
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
    alarms = [row.model_copy(update={"source": full.get(row.source, row.source)}) for row in found.alarms]
    return found.model_copy(update={"codes": tuple(codes), "units": tuple(units), "alarms": tuple(alarms)})


def _no_contradiction(stated: str, rows: Sequence[CodeRow]) -> None:
    """Refuse two rows of one file that say of one code, or of one name, two things."""
    by_code: dict[tuple[str, str, str], CodeRow] = {}
    by_name: dict[tuple[str, str], CodeRow] = {}
    for number, row in enumerate(rows):
        if row.code and by_code.setdefault(row.key, row) is not row:
            message = f"{stated}: codes[{number}]: the code {row.code!r} has a row before it"
            raise ProfileError(message)
        for name in row.names:
            if by_name.setdefault((row.system, name.upper()), row).means != row.means:
                message = f"{stated}: codes[{number}]: the name {name!r} means something else in a row before it"
                raise ProfileError(message)


def _merged(own: Profile, parents: Sequence[Profile]) -> Profile:
    """The profile with what it does not say taken from those that it extends, the last of them first."""
    taken: dict[str, object] = {}
    for key in _SCALARS:
        said = [getattr(one, key) for one in (own, *reversed(parents)) if key in one.model_fields_set]
        if said:
            taken[key] = said[0]
    every = (*parents, own)
    nearest_first = (own, *reversed(parents))
    taken["off_values"] = frozenset().union(*(one.off_values for one in every))
    taken["empty_codes"] = frozenset().union(*(one.empty_codes for one in every))
    taken["off_words"] = frozenset().union(*(one.off_words for one in every))
    taken["flags"] = {key: value for one in every for key, value in one.flags.items()}
    taken["words"] = {key: value for one in every for key, value in one.words.items()}
    taken["statuses"] = {key: value for one in every for key, value in one.statuses.items()}
    taken["alarms"] = tuple(row for one in nearest_first for row in one.alarms)
    taken["codes"] = _nearest(nearest_first)
    taken["units"] = tuple(row for one in nearest_first for row in one.units)
    return own.model_copy(update=taken)


def _nearest(profiles: Sequence[Profile]) -> tuple[CodeRow, ...]:
    """Every row, but of one code the nearest only."""
    found: dict[tuple[tuple[str, str, str], tuple[str, ...]], CodeRow] = {}
    for profile in profiles:
        for row in profile.codes:
            found.setdefault((row.key, () if row.code else row.names), row)
    return tuple(found.values())
