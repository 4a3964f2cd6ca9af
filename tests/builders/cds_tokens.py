"""Tokens as record systems sign them, and the sets of public keys by which they are checked."""

import json
import uuid
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import jwt
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from jwt.algorithms import ECAlgorithm, RSAAlgorithm

ISSUER: Final = "https://ehr.example/"
BASE: Final = "https://cds.example"
SERVICE: Final = f"{BASE}/cds-services/wardwatch-order-sign"
KEY: Final = ec.generate_private_key(ec.SECP384R1())
OTHER_KEY: Final = ec.generate_private_key(ec.SECP384R1())
RSA_KEY: Final = rsa.generate_private_key(65537, 2048)


def jwks(**keys: Any) -> dict[str, Any]:
    """A set of public keys by their names."""
    return {"keys": [_public(key) | {"kid": kid} for kid, key in keys.items()]}


def a_key_set(folder: Path, **keys: Any) -> Path:
    """The same in a file; with one key where none is named."""
    file = folder / "jwks.json"
    file.write_text(json.dumps(jwks(**(keys or {"k1": KEY}))))
    return file


def a_token(key: Any = KEY, algorithm: str = "ES384", kid: str | None = "k1", **claims: Any) -> str:  # noqa: ANN401
    """A token of now for the service of order-sign; a claim that is None is left out."""
    now_s = int(datetime.now(UTC).timestamp())
    said = {"iss": ISSUER, "aud": SERVICE, "exp": now_s + 300, "iat": now_s, "jti": str(uuid.uuid4())} | claims
    stated = {name: one for name, one in said.items() if one is not None}
    return jwt.encode(stated, key, algorithm, headers={} if kid is None else {"kid": kid})


def _public(key: Any) -> dict[str, Any]:  # noqa: ANN401 - a private key of either kind
    algorithm: Any = ECAlgorithm if isinstance(key, ec.EllipticCurvePrivateKey) else RSAAlgorithm
    return dict(algorithm.to_jwk(key.public_key(), as_dict=True))
