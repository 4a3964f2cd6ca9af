"""Who may log in to a board: a local file with one user a line, and the passwords' argon2id hashes.

The names are pseudonyms, such as nurse-icu-2, since they stand in the records of what was done; a person's own name
does not belong there.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Final

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from schemas.wire import Code
from stream.board.roles import ROLES, BoardRole, May

_OTHERS: Final = 0o077  # the permissions of everybody but the owner
_HASHER: Final = PasswordHasher()  # argon2id with the parameters of RFC 9106's second recommendation, low memory
_NOBODYS: Final = _HASHER.hash("nobody")


class UsersError(Exception):
    """The file of users can't be used; the text is one sentence without any of its content."""


class User(BaseModel):
    """One line of the file."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    name: Code
    role: BoardRole
    password: str = Field(pattern=r"^\$argon2id\$", repr=False)

    def may(self, what: May) -> bool:
        """Return whether the user may see a view, or act."""
        return what in ROLES[self.role]


def read_users(path: Path) -> Mapping[str, User]:
    """Return the users by name. Raises UsersError, OSError."""
    if path.stat().st_mode & _OTHERS:
        message = f"{path} can be read by others; keep it to its owner: chmod 600"
        raise UsersError(message)
    users: dict[str, User] = {}
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        if not line.strip():
            continue
        try:
            user = User.model_validate_json(line)
        except ValidationError:
            message = f"line {number} of {path} is no user: it needs name, role ({', '.join(ROLES)}) and password"
            raise UsersError(message) from None
        if user.name in users:
            message = f"line {number} of {path} names a user again"
            raise UsersError(message)
        users[user.name] = user
    if not users:
        message = f"{path} has no user; `wardwatch board --add NAME:ROLE` adds one"
        raise UsersError(message)
    return users


def add_user(path: Path, name: str, role: str, password: str) -> None:
    """Add a user to the file, which is made where it is missing. Raises UsersError, OSError."""
    try:
        user = User.model_validate({"name": name, "role": role, "password": _HASHER.hash(password)})
    except ValidationError:
        message = f"a user is NAME:ROLE, the role one of {', '.join(ROLES)}"
        raise UsersError(message) from None
    path.touch(mode=0o600)
    if path.stat().st_size and name in read_users(path):
        message = "there is a user of that name"
        raise UsersError(message)
    with path.open("a", encoding="utf-8") as file:
        file.write(user.model_dump_json() + "\n")


def is_password(user: User | None, password: str) -> bool:
    """Return whether it is the user's password; it takes as long for a user that does not exist."""
    try:
        _HASHER.verify(_NOBODYS if user is None else user.password, password)
    except (VerificationError, InvalidHashError):
        return False
    return user is not None
