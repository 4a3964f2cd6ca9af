"""Write the secrets of a deployment to files that can be mounted into its containers."""

import hashlib
import secrets
from base64 import b64encode
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Final

from stream.access.certificates import issue
from stream.access.principals import ADMIN, PRINCIPALS, REDIS_READER, REDIS_USERS, redis_acl

_SCRAM_ITERATIONS: Final = 8192


class SecretsExistError(Exception):
    """The folder is not empty, and secrets are never overwritten."""


def write_secrets(folder: Path, now: datetime) -> list[str]:
    """Create all secrets of a deployment in an empty or new folder; return the names of the files.

    Only the owner can enter the folder. Everyone can read the files in it, because a container reads them as another
    user than the one who created them, and sees only the files that are mounted into it.

    Raises:
        SecretsExistError: the folder is not empty.
        OSError: the folder can't be created or written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    if any(folder.iterdir()):
        msg = f"{folder} is not empty; secrets are never overwritten: remove it, or name another folder"
        raise SecretsExistError(msg)
    folder.chmod(0o700)
    files = _files(now)
    for name, content in files.items():
        path = folder / name
        path.write_bytes(content)
        path.chmod(0o444)
    return sorted(files)


def _files(now: datetime) -> Mapping[str, bytes]:
    authority, servers = issue(
        [
            "kafka",
            "redis",
            "gateway",
            "hl7-sender",
            "fhir",
            "fhir-sender",
            "dicom",
            "dicom-sender",
            "cds",
            "cds-client",
        ],
        now,
    )
    passwords = {name: secrets.token_urlsafe(32) for name in (ADMIN, *(principal.name for principal in PRINCIPALS))}
    of_redis = {user: secrets.token_urlsafe(32) for user in (*REDIS_USERS, REDIS_READER)}
    hashed = {user: hashlib.sha256(password.encode()).hexdigest() for user, password in of_redis.items()}
    return {
        ".gitignore": b"*\n",  # in case the folder is inside a repository after all
        "ca.pem": authority,
        "kafka.pem": servers["kafka"].key + servers["kafka"].certificate,
        "kafka-users": "".join(_scram(name, password) for name, password in passwords.items()).encode(),
        "hl7-gateway.pem": servers["gateway"].key + servers["gateway"].certificate,
        "hl7-sender.pem": servers["hl7-sender"].key + servers["hl7-sender"].certificate,  # for who sends HL7 to it
        "fhir-gateway.pem": servers["fhir"].key + servers["fhir"].certificate,
        "fhir-sender.pem": servers["fhir-sender"].key + servers["fhir-sender"].certificate,  # FHIR
        "dicom-gateway.pem": servers["dicom"].key + servers["dicom"].certificate,
        "dicom-sender.pem": servers["dicom-sender"].key + servers["dicom-sender"].certificate,  # and images
        "cds-service.pem": servers["cds"].key + servers["cds"].certificate,
        "cds-client.pem": servers["cds-client"].key + servers["cds-client"].certificate,  # who calls the CDS service
        "redis.key": servers["redis"].key,
        "redis.crt": servers["redis"].certificate,
        "redis.acl": redis_acl(hashed).encode(),
        "identity.key": secrets.token_urlsafe(32).encode(),  # key of the pseudonyms of studies and patients
        "hl7-store.key": secrets.token_urlsafe(32).encode(),  # seals what the HL7 gateway keeps on disk
        **{f"redis-{user}.password": password.encode() for user, password in of_redis.items()},
        **{f"{name}.password": password.encode() for name, password in passwords.items()},
    }


def _scram(name: str, password: str) -> str:
    """Return two lines of arguments for Kafka's storage tool: the user without the password (RFC 5802)."""
    salt = secrets.token_bytes(24)
    salted = hashlib.pbkdf2_hmac("sha512", password.encode(), salt, _SCRAM_ITERATIONS)
    user = (
        f'[name={name},iterations={_SCRAM_ITERATIONS},salt="{b64encode(salt).decode()}",'
        f'saltedpassword="{b64encode(salted).decode()}"]'
    )
    return f"--add-scram\nSCRAM-SHA-512={user}\n"
