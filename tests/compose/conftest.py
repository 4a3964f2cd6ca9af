"""Brings the containers up once for all tests, and takes them down."""

import os
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from stream.access.files import write_secrets
from stream.stack.ports import free_ports
from tests.compose.ward import Ward, compose_program


@pytest.fixture(scope="session")
def ward(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ward]:
    program = compose_program()
    if program is None:
        pytest.skip("containers are brought up by `make test-compose`")
    folder = tmp_path_factory.mktemp("ward")
    write_secrets(folder / "secrets", datetime.now(UTC))
    port, board, hl7 = free_ports(3)
    (folder / "images").mkdir()
    for path in (folder, folder / "images"):
        path.chmod(0o755)  # the archive's container reads as another user
    os.environ |= {
        "WARDWATCH_SECRETS": str(folder / "secrets"),
        "WARDWATCH_KAFKA_PORT": str(port),
        "WARDWATCH_BOARD_PORT": str(board),
        "WARDWATCH_HL7_PORT": str(hl7),
        "WARDWATCH_IMAGE_HOSTS": '["archive:8042"]',
        "WARDWATCH_TEST_IMAGES": str(folder / "images"),
    }
    ward = Ward(program, folder / "secrets", f"localhost:{port}")
    down = ("--profile", "demo", "--profile", "hl7", "down", "--volumes", "--remove-orphans", "--timeout", "10")
    ward.run(*down)  # what a run that was killed has left
    try:
        ward.run("up", "-d", "--no-build")
        yield ward
        report = os.environ.get("WARDWATCH_TEST_LOGS")
        if report:
            Path(report).write_text(ward.run("logs", "--no-color"))
    finally:
        ward.run(*down)
