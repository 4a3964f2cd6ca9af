"""Who shows a token that its issuer signed for this very service is let in, once; who else is told why not."""

import base64
import json
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from stream.cds import keys as key_sets
from stream.cds.keys import KeysError, KeySet
from stream.cds.tokens import LONGEST_S, SKEW_S, TokenError, Tokens
from tests.builders.cds_tokens import BASE, ISSUER, KEY, OTHER_KEY, RSA_KEY, SERVICE, a_key_set, a_token, jwks

NOW_S = datetime.now(UTC).timestamp()


async def checking(folder: Path, **keys: Any) -> Tokens:
    """What checks the tokens of the one issuer."""
    found = KeySet(str(a_key_set(folder, **keys)), httpx.AsyncClient())
    await found.read()
    return Tokens({ISSUER: found}, time.time)


async def refused(tokens: Tokens, token: str, audience: str = SERVICE) -> str:
    with pytest.raises(TokenError) as why:
        await tokens.check(f"Bearer {token}", {audience})
    return str(why.value)


def unsigned(**header: str) -> str:
    """A token that says of itself what a header may say."""
    said = [header, {"iss": ISSUER, "aud": SERVICE, "exp": NOW_S + 60, "iat": NOW_S, "jti": "1"}]
    return ".".join(base64.urlsafe_b64encode(json.dumps(one).encode()).decode().rstrip("=") for one in said) + "."


async def test_a_token_for_this_service_is_taken_by_any_algorithm_of_its_key(tmp_path: Path) -> None:
    sandbox = ec.generate_private_key(ec.SECP256R1())  # as the public sandbox signs
    tokens = await checking(tmp_path, k1=KEY, r1=RSA_KEY, s1=sandbox)
    await tokens.check(f"Bearer {a_token(sandbox, 'ES256', 's1', sub='client')}", {SERVICE})
    await tokens.check(f"Bearer {a_token()}", {SERVICE})
    await tokens.check(f"bearer {a_token(aud=[SERVICE, 'https://other.example'])}", {SERVICE})
    for algorithm in ("RS256", "RS384", "PS384"):
        await tokens.check(f"Bearer {a_token(RSA_KEY, algorithm, 'r1')}", {SERVICE})


@pytest.mark.parametrize(
    ("token", "sentence"),
    [
        (lambda: a_token(exp=int(NOW_S) - SKEW_S - 60), "the token has expired"),
        (lambda: a_token(aud=f"{BASE}/cds-services/wardwatch-patient-view"), "is for another service"),
        (lambda: a_token(iss="https://stranger.example/"), "issuer is not one that is trusted here"),
        (lambda: a_token(kid="k9"), "has no key of the name"),
        (lambda: a_token(kid=None), "says no iss or kid"),
        (lambda: a_token(OTHER_KEY), "signature of the token does not fit"),
        (lambda: a_token(RSA_KEY, "RS384"), "not signed by an algorithm that is taken"),
        (lambda: a_token(b"a shared secret of thirty-two bytes!!", "HS256"), "not signed by an algorithm"),
        (lambda: unsigned(alg="none", kid="k1"), "not signed by an algorithm"),
        (lambda: a_token(jti=None), "says no jti"),
        (lambda: a_token(exp=None), "says no exp"),
        (lambda: a_token(iat=None), "says no iat"),
        (lambda: a_token(aud=None), "says no aud"),
        (lambda: a_token(nbf=int(NOW_S) + 600), "is not valid yet"),
        (lambda: a_token(exp=int(NOW_S) + LONGEST_S + 600), f"lives longer than {LONGEST_S} s"),
        (lambda: a_token(exp=1e300), "lives longer than"),
        (lambda: a_token(iat="x"), "says no moment"),
        (lambda: "a.b.c", "is no JWT"),
        (lambda: "x" * 9000, "longer than is taken"),
        (lambda: "", "a bearer token is needed"),
    ],
)
async def test_another_token_is_refused_with_the_reason(tmp_path: Path, token: Any, sentence: str) -> None:  # noqa: ANN401
    said = await refused(await checking(tmp_path), token())
    assert sentence in said
    assert "eyJ" not in said  # nothing of the token


@pytest.mark.parametrize("header", ["", "Basic dTpw", "Bearer"])
async def test_without_a_token_nobody_is_let_in(tmp_path: Path, header: str) -> None:
    with pytest.raises(TokenError, match="a bearer token is needed"):
        await (await checking(tmp_path)).check(header, {SERVICE})


async def test_a_token_is_taken_once_and_its_number_may_come_again_from_another_issuer(tmp_path: Path) -> None:
    tokens = await checking(tmp_path)
    token = a_token(jti="one")
    await tokens.check(f"Bearer {token}", {SERVICE})
    assert "used before" in await refused(tokens, token)
    assert "used before" in await refused(tokens, a_token(jti="one"))
    assert "another service" in await refused(tokens, a_token(jti="two"), "https://other.example")
    await tokens.check(f"Bearer {a_token(jti='two')}", {SERVICE})  # one that was refused has not been used


async def test_a_number_is_forgotten_once_its_token_has_expired(tmp_path: Path) -> None:
    clock = [time.time()]
    found = KeySet(str(a_key_set(tmp_path)), httpx.AsyncClient())
    await found.read()
    tokens = Tokens({ISSUER: found}, lambda: clock[0])
    await tokens.check(f"Bearer {a_token(jti='one')}", {SERVICE})
    clock[0] += 300 + SKEW_S + 1
    await tokens.check(f"Bearer {a_token(jti='one')}", {SERVICE})


async def test_a_new_key_is_found_though_the_set_is_not_read_again_at_every_stranger(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tokens = await checking(tmp_path)
    a_key_set(tmp_path, k2=OTHER_KEY)
    assert "has no key of the name" in await refused(tokens, a_token(OTHER_KEY, kid="k2"))
    monkeypatch.setattr(key_sets, "EVERY_S", 0.0)
    await tokens.check(f"Bearer {a_token(OTHER_KEY, kid='k2')}", {SERVICE})


async def test_keys_that_can_not_be_read_again_go_on_counting(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tokens = await checking(tmp_path)
    monkeypatch.setattr(key_sets, "EVERY_S", 0.0)
    (tmp_path / "jwks.json").unlink()
    assert "has no key of the name" in await refused(tokens, a_token(kid="k9"))
    await tokens.check(f"Bearer {a_token()}", {SERVICE})


async def test_keys_come_from_an_address_too() -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.path == "/gone":
            return httpx.Response(404)
        return httpx.Response(200, json=jwks(k1=KEY))

    client = httpx.AsyncClient(transport=httpx.MockTransport(answer))
    found = KeySet("https://ehr.example/jwks.json", client)
    await found.read()
    assert await found.key("k1") is not None
    with pytest.raises(KeysError, match="can't be read"):
        await KeySet("https://ehr.example/gone", client).read()


@pytest.mark.parametrize(
    "content",
    [
        "",
        "[]",
        "{}",
        '{"keys": 5}',
        '{"keys": [5, {"kid": 1}, {"kid": "a"}, {"kid": "a", "kty": "oct", "k": "c2VjcmV0"}]}',
        json.dumps({"keys": [one | {"use": "enc"} for one in jwks(k1=KEY)["keys"]]}),
        json.dumps({"keys": [one | {"alg": "HS256"} for one in jwks(k1=KEY)["keys"]]}),
        json.dumps({"keys": [one | {"x": "AA"} for one in jwks(k1=KEY)["keys"]]}),
    ],
)
async def test_a_set_without_a_public_key_for_signatures_is_refused_by_its_place(tmp_path: Path, content: str) -> None:
    (tmp_path / "keys").write_text(content)
    with pytest.raises(KeysError, match="holds no public key with a name"):
        await KeySet(str(tmp_path / "keys"), httpx.AsyncClient()).read()
