"""HAPI's validator of FHIR R4, in a process that answers line by line."""

import json
import os
import shutil
import subprocess
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

import pytest

from stream.stack.jars import jars
from stream.stack.server_process import ServerError

HERE: Final = Path(__file__).parents[1] / "fhir_validator"
_PATIENCE_S: Final = 90


class FhirValidator:
    """Tells what is wrong with a resource by FHIR 4.0.1: elements, types, cardinalities, codes, invariants."""

    def __init__(self) -> None:
        java = shutil.which("java")
        if java is None or shutil.which("mvn") is None:
            pytest.skip("java and mvn are not installed")
        try:
            folder = jars(HERE / "pom.xml", "fhir-validator")
        except ServerError as error:
            pytest.skip(f"HAPI FHIR can't be had: {error}")
        classes = folder / "classes"
        if not (classes / "Validate.class").exists():
            path = os.pathsep.join(str(jar) for jar in sorted(folder.glob("*.jar")))
            compiler = [java, "-cp", f"{folder}/*", "org.eclipse.jdt.internal.compiler.batch.Main"]
            made = [*compiler, "-17", "-cp", path, "-d", str(classes), str(HERE / "Validate.java")]
            subprocess.run(made, check=True, capture_output=True, timeout=_PATIENCE_S)  # noqa: S603 - our own words
        self._command = [java, "-Xmx768m", "-XX:TieredStopAtLevel=1", "-cp", f"{folder}/*:{classes}", "Validate"]

    def __enter__(self) -> Self:
        """Start the process."""
        self._process = subprocess.Popen(  # noqa: S603 - our own words
            self._command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        )
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        """Stop it."""
        self._process.kill()
        self._process.communicate()

    def errors(self, resource: dict[str, Any]) -> list[str]:
        """Return what HAPI says is an error; empty for a resource that is as it should be."""
        asked, told = self._process.stdin, self._process.stdout
        assert asked is not None
        assert told is not None
        asked.write(json.dumps(resource) + "\n")
        asked.flush()
        found = []
        while line := told.readline().rstrip("\n"):
            found.append(line)
        assert self._process.poll() is None, "the validator has ended"
        return found
