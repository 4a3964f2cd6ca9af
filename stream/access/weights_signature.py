"""The signature beside a manifest of weights: who may vouch for models here, the site says by a public key.

Ed25519 (RFC 8032) over the bytes of `manifest.json`, in hex, in `manifest.json.sig`. The private key stays with whoever
released the models to the ward; no worker needs it.
"""

from pathlib import Path
from typing import Final

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key, load_pem_public_key

from models.weights_manifest import MANIFEST

SIGNATURE: Final = f"{MANIFEST}.sig"


class SignatureError(Exception):
    """A manifest that nobody vouches for, or a key that is none; the text is one sentence."""


def sign(folder: Path, private_key: Path) -> Path:
    """Sign the manifest in a folder; return where the signature lies. Raises SignatureError, OSError."""
    try:
        key = load_pem_private_key(private_key.read_bytes(), None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        key = None
    if not isinstance(key, Ed25519PrivateKey):
        message = f"{private_key} holds no Ed25519 private key in PEM without a password"
        raise SignatureError(message)
    target = folder / SIGNATURE
    target.write_text(f"{key.sign((folder / MANIFEST).read_bytes()).hex()}\n", encoding="ascii")
    return target


def check_signature(folder: Path, public_key: Path | None) -> None:
    """Look whether the holder of the site's key has signed the manifest; nothing is looked at without a key.

    Raises SignatureError, OSError.
    """
    if public_key is None:
        return
    try:
        key = load_pem_public_key(public_key.read_bytes())
    except (ValueError, UnsupportedAlgorithm):
        key = None
    if not isinstance(key, Ed25519PublicKey):
        message = f"{public_key} holds no Ed25519 public key in PEM"
        raise SignatureError(message)
    try:
        stated = bytes.fromhex((folder / SIGNATURE).read_text(encoding="ascii"))
        key.verify(stated, (folder / MANIFEST).read_bytes())
    except FileNotFoundError as error:
        message = f"the weights in {folder} are not signed: {Path(str(error.filename)).name} is missing"
        raise SignatureError(message) from None
    except (ValueError, InvalidSignature):
        message = f"the signature of the weights in {folder} is not one by the key of WARDWATCH_WEIGHTS_KEY_FILE"
        raise SignatureError(message) from None
