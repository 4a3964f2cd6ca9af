"""A site that names a key loads no weights but those that its holder has signed."""

import json
import shutil
from pathlib import Path
from typing import NamedTuple

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from models.lesion.sets import SHIPPED as LESION
from models.risk.model import SHIPPED
from models.weights_manifest import MANIFEST
from stream.access.weights_signature import SIGNATURE, SignatureError, check_signature
from stream.check.checker import image_checker
from stream.cli import main
from stream.observability.doctor import lesion_models, risk_model
from stream.settings import Settings


class Site(NamedTuple):
    folder: Path
    private: Path
    public: Path


def a_key(folder: Path, name: str) -> tuple[Path, Path]:
    key, private, public = Ed25519PrivateKey.generate(), folder / f"{name}.pem", folder / f"{name}.pub"
    pem, plain = serialization.Encoding.PEM, serialization.NoEncryption()
    private.write_bytes(key.private_bytes(pem, serialization.PrivateFormat.PKCS8, plain))
    public.write_bytes(key.public_key().public_bytes(pem, serialization.PublicFormat.SubjectPublicKeyInfo))
    return private, public


@pytest.fixture
def site(tmp_path: Path) -> Site:
    """A folder with the shipped risk model, signed, and the keys."""
    folder = tmp_path / "weights"
    shutil.copytree(SHIPPED, folder)
    made = Site(folder, *a_key(tmp_path, "site"))
    assert ran("weights", "sign", str(folder), "--private-key", str(made.private)) == 0
    return made


def ran(*arguments: str) -> int:
    with pytest.raises(SystemExit) as ended:
        main(list(arguments))
    return int(ended.value.code or 0)


def test_what_the_keys_holder_has_signed_is_loaded_and_nothing_is_asked_without_a_key(site: Site) -> None:
    check_signature(site.folder, site.public)
    check_signature(SHIPPED, None)
    assert risk_model(site.folder, site.public).found.endswith("which is signed")


def test_a_manifest_that_was_changed_after_it_was_signed_is_refused(site: Site) -> None:
    manifest = site.folder / MANIFEST
    manifest.write_bytes(manifest.read_bytes() + b"\n")
    with pytest.raises(SignatureError, match="is not one by the key"):
        check_signature(site.folder, site.public)


def test_another_key_no_signature_and_a_broken_one_are_refused(site: Site, tmp_path: Path) -> None:
    _, others = a_key(tmp_path, "other")
    with pytest.raises(SignatureError, match="is not one by the key"):
        check_signature(site.folder, others)
    with pytest.raises(SignatureError, match=f"{SIGNATURE} is missing"):
        check_signature(SHIPPED, site.public)
    (site.folder / SIGNATURE).write_text("no hex")
    with pytest.raises(SignatureError, match="is not one by the key"):
        check_signature(site.folder, site.public)
    with pytest.raises(SignatureError, match="no Ed25519 public key"):
        check_signature(site.folder, site.private)


async def test_no_image_is_judged_and_no_forecast_made_by_models_that_nobody_vouches_for(site: Site) -> None:
    with pytest.raises(SignatureError):
        async with image_checker(Settings(weights_key_file=site.public)):
            pass
    assert risk_model(SHIPPED, site.public).state == "failed"
    assert lesion_models(LESION, site.public).state == "failed"


def test_the_list_says_which_weights_there_are_and_fails_where_one_was_changed(
    site: Site, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WARDWATCH_WEIGHTS_KEY_FILE", str(site.public))
    assert ran("weights", "list", str(site.folder), "--json") == 0
    (listed,) = json.loads(capsys.readouterr().out).values()
    assert listed == json.loads((SHIPPED / MANIFEST).read_text())["files"]
    with (site.folder / "risk.safetensors").open("ab") as file:
        file.write(b"\0")
    assert ran("weights", "list", str(site.folder)) == 1
    assert "risk.safetensors" in capsys.readouterr().err


def test_the_manifest_is_made_by_hand_where_weights_came_otherwise(
    site: Site, capsys: pytest.CaptureFixture[str]
) -> None:
    (site.folder / "mortality.safetensors").unlink()
    assert ran("weights", "manifest", str(site.folder), "--check") == 1
    assert "mortality.safetensors" in capsys.readouterr().err
    assert ran("weights", "sign", str(site.folder), "--private-key", str(site.private)) == 1
    assert ran("weights", "manifest", str(site.folder)) == 0
    assert ran("weights", "manifest", str(site.folder), "--check") == 0
    with pytest.raises(SignatureError):
        check_signature(site.folder, site.public)
