"""Jars, such as those of Apache Kafka, downloaded once by Maven into a cache."""

import hashlib
import os
import shutil
import subprocess
from pathlib import Path
from typing import Final

from stream.stack.server_process import ServerError

POM: Final = Path(__file__).parents[2] / "deploy" / "kafka" / "pom.xml"
_PATIENCE_S: Final = 300


def program(name: str, package: str) -> str:
    """Return the path of an installed program.

    Raises:
        ServerError: it is missing; the text names the package that installs it.
    """
    found = shutil.which(name)
    if found is None:
        msg = f"Apache Kafka needs the program {name!r}, which is not installed (Debian package {package})"
        raise ServerError(msg)
    return found


def cache_folder() -> Path:
    """The folder of what was downloaded: `$WARDWATCH_CACHE` or `~/.cache/wardwatch`."""
    return Path(os.environ.get("WARDWATCH_CACHE") or Path.home() / ".cache" / "wardwatch")


def kafka_jars() -> Path:
    """Return the folder of Kafka's jars, as `deploy/kafka/pom.xml` lists them; see `jars`.

    Raises:
        ServerError: the pom or Maven is missing, or Maven failed.
    """
    if not POM.is_file():
        msg = "Apache Kafka is started from a checkout of the project: deploy/kafka/pom.xml is not here"
        raise ServerError(msg)
    return jars(POM, "kafka")


def jars(pom: Path, name: str) -> Path:
    """Return the folder of the jars that a pom lists; download them when they are missing.

    They are in `cache_folder`, in a separate folder for each version of the pom.

    Raises:
        ServerError: Maven is missing or failed.
    """
    folder = cache_folder() / f"{name}-{hashlib.sha256(pom.read_bytes()).hexdigest()[:12]}"
    if folder.is_dir():
        return folder
    fetched = folder.with_name(f"{folder.name}.{os.getpid()}")  # renamed when complete: a partial one is never used
    command = [program("mvn", "maven"), "-B", "-q", "-f", str(pom)]
    command += ["dependency:copy-dependencies", f"-DoutputDirectory={fetched}"]
    try:
        # Our own arguments, no shell.
        done = subprocess.run(command, capture_output=True, text=True, timeout=_PATIENCE_S, check=False)  # noqa: S603
        if done.returncode:
            msg = f"Maven could not fetch {name}:\n{done.stdout[-2000:]}{done.stderr[-2000:]}"
            raise ServerError(msg)
        if not folder.is_dir():  # another process may have been faster
            fetched.rename(folder)
    except subprocess.TimeoutExpired:
        msg = f"Maven did not fetch {name} within {_PATIENCE_S} s"
        raise ServerError(msg) from None
    finally:
        shutil.rmtree(fetched, ignore_errors=True)
    return folder
