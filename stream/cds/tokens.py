"""Who may call: the signed token that CDS Hooks 2.0 has each call carry, checked, and let in once.

A signature is by the public key that the issuer's set names; the specification forbids `none` and shared secrets.
"""

import heapq
from collections.abc import Callable, Collection, Mapping
from typing import Any, Final

import jwt
from jwt.exceptions import (
    ExpiredSignatureError,
    ImmatureSignatureError,
    InvalidAlgorithmError,
    InvalidAudienceError,
    InvalidIssuedAtError,
    InvalidIssuerError,
    InvalidSignatureError,
    MissingRequiredClaimError,
    PyJWTError,
)

from stream.cds.keys import KeySet

SKEW_S: Final = 30
"""So far two clocks may be apart; our choice."""
LONGEST_S: Final = 3600
"""A token may live so long: so long it has to be remembered. Our choice; senders make one for each call."""
_MOST: Final = 500_000  # tokens that are remembered; our choice
_LONGEST_TOKEN: Final = 8192  # characters; our choice
_REQUIRED: Final = ("iss", "aud", "exp", "iat", "jti")
_FAULTS: Final = (PyJWTError, ValueError, TypeError, OverflowError, RecursionError)
"""What PyJWT raises for one that it can't take, and what its JSON and numbers of odd size do."""
_SENTENCES: Final[Mapping[type[Exception], str]] = {
    ExpiredSignatureError: "the token has expired",
    ImmatureSignatureError: "the token is not valid yet",
    InvalidIssuedAtError: "the token says no moment at which it was issued",
    InvalidAudienceError: "the token is for another service than the one that was called (aud)",
    InvalidIssuerError: "the token's issuer is not one that is trusted here",
    InvalidSignatureError: "the signature of the token does not fit the issuer's key",
    InvalidAlgorithmError: "the token is not signed by an algorithm that is taken here",
}


class TokenError(Exception):
    """A caller that is not let in; the text says why and quotes nothing of the token."""


class Tokens:
    """Checks tokens; `now_s` is the clock, in seconds since 1970."""

    def __init__(self, issuers: Mapping[str, KeySet], now_s: Callable[[], float]) -> None:
        self._issuers = issuers
        self._now_s = now_s
        self._used: set[tuple[str, str]] = set()
        self._until: list[tuple[float, tuple[str, str]]] = []

    async def check(self, authorization: str, audiences: Collection[str]) -> None:
        """Let a caller in, once; raises TokenError."""
        scheme, _, token = authorization.partition(" ")
        token = token.strip()
        if scheme.lower() != "bearer" or not token:
            sentence = "a bearer token is needed (JWT, CDS Hooks 2.0)"
            raise TokenError(sentence)
        if len(token) > _LONGEST_TOKEN:
            sentence = "the token is longer than is taken"
            raise TokenError(sentence)
        issuer, kid = _unverified(token)
        keys = self._issuers.get(issuer)
        if keys is None:
            raise TokenError(_SENTENCES[InvalidIssuerError])
        key = await keys.key(kid)
        if key is None:
            sentence = "the issuer has no key of the name that the token says (kid)"
            raise TokenError(sentence)
        try:
            said: dict[str, Any] = jwt.decode(
                token,
                key.public,
                algorithms=key.algorithms,
                audience=list(audiences),
                issuer=issuer,
                leeway=SKEW_S,
                options={"require": list(_REQUIRED)},
            )
        except MissingRequiredClaimError as error:
            sentence = f"the token says no {error.claim}"
            raise TokenError(sentence) from None
        except _FAULTS as error:
            raise TokenError(_SENTENCES.get(type(error), "the token is not one that can be checked")) from None
        self._use_once(issuer, said)

    def _use_once(self, issuer: str, said: Mapping[str, Any]) -> None:
        """Remember a token until it has expired; raises TokenError where it was used before."""
        now_s, until_s = self._now_s(), float(said["exp"]) + SKEW_S
        if until_s - now_s > LONGEST_S + 2 * SKEW_S:
            sentence = f"the token lives longer than {LONGEST_S} s"
            raise TokenError(sentence)
        while self._until and self._until[0][0] < now_s:
            self._used.discard(heapq.heappop(self._until)[1])
        name = issuer, str(said["jti"])
        if name in self._used:
            sentence = "the token was used before (jti): each call needs its own"
            raise TokenError(sentence)
        if len(self._used) >= _MOST:
            sentence = "too many tokens are in use"
            raise TokenError(sentence)
        self._used.add(name)
        heapq.heappush(self._until, (until_s, name))


def _unverified(token: str) -> tuple[str, str]:
    """The issuer and the key's name, by which the key is found that says whether they are true."""
    try:
        kid = jwt.get_unverified_header(token).get("kid")
        said = jwt.decode(token, options={"verify_signature": False})
    except _FAULTS:
        kid, said = None, {}
    issuer = said.get("iss")
    if not isinstance(kid, str) or not isinstance(issuer, str):
        sentence = "the token is no JWT, or says no iss or kid"
        raise TokenError(sentence)
    return issuer, kid
