"""Apache Kafka's jars, downloaded once by Maven into a cache."""

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


def kafka_jars() -> Path:
    """Return the folder of Kafka's jars, as `deploy/kafka/pom.xml` lists them; download them when they are missing.

    They are in `$WARDWATCH_CACHE` or `~/.cache/wardwatch`, in a separate folder for each version of the pom.

    Raises:
        ServerError: the pom or Maven is missing, or Maven failed.
    """
    if not POM.is_file():
        msg = "Apache Kafka is started from a checkout of the project: deploy/kafka/pom.xml is not here"
        raise ServerError(msg)
    cache = Path(os.environ.get("WARDWATCH_CACHE") or Path.home() / ".cache" / "wardwatch")
    jars = cache / f"kafka-{hashlib.sha256(POM.read_bytes()).hexdigest()[:12]}"
    if jars.is_dir():
        return jars
    fetched = jars.with_name(f"{jars.name}.{os.getpid()}")  # renamed when complete: a partial download is never used
    command = [program("mvn", "maven"), "-B", "-q", "-f", str(POM)]
    command += ["dependency:copy-dependencies", f"-DoutputDirectory={fetched}"]
    try:
        # Our own arguments, no shell.
        done = subprocess.run(command, capture_output=True, text=True, timeout=_PATIENCE_S, check=False)  # noqa: S603
        if done.returncode:
            msg = f"Maven could not fetch Apache Kafka:\n{done.stdout[-2000:]}{done.stderr[-2000:]}"
            raise ServerError(msg)
        if not jars.is_dir():  # another process may have been faster
            fetched.rename(jars)
    except subprocess.TimeoutExpired:
        msg = f"Maven did not fetch Apache Kafka within {_PATIENCE_S} s"
        raise ServerError(msg) from None
    finally:
        shutil.rmtree(fetched, ignore_errors=True)
    return jars
