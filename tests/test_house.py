"""The house stands on its floors: who may import whom, and every room says what lives there."""

import ast
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
FLOORS = ("schemas", "models", "stream")
ROOMS = [path for floor in (*FLOORS, "tests") for path in (ROOT / floor).rglob("*") if any(path.glob("*.py"))]

pytestmark = pytest.mark.timeout(400)


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """Our code and its contracts, to be broken."""
    for floor in FLOORS:
        for source in (ROOT / floor).rglob("*.py"):
            target = tmp_path / source.relative_to(ROOT)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(source, target)
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


def kept(folder: Path) -> tuple[bool, str]:
    """Whether the contracts hold for the code in a folder, and what import-linter says."""
    program = "from importlinter.cli import lint_imports_command; lint_imports_command()"
    done = subprocess.run(  # noqa: S603 - our own words
        [sys.executable, "-c", program, "--no-cache", "--no-logo"],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode == 0, done.stdout + done.stderr


def test_every_contract_on_who_may_import_whom_is_kept() -> None:
    holds, said = kept(ROOT)
    assert holds, said
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"][
        "contracts"
    ]
    assert f"{len(contracts)} kept, 0 broken" in said


@pytest.mark.parametrize(
    ("where", "line", "broken"),
    [
        ("schemas/codes.py", "import models.vitals", "nothing imports upwards"),
        ("schemas/codes.py", "from stream import settings", "nothing imports upwards"),
        ("models/vitals.py", "def late():\n    import stream.settings", "nothing imports upwards"),
        ("stream/delivery/decode.py", "import faust", "Faust only in the delivery"),
        ("stream/delivery/decode.py", "from mode import Service", "Faust only in the delivery"),
        ("stream/delivery/app.py", "import redis.asyncio", "Redis only in stream/state"),
        ("stream/delivery/settle.py", "from redis.exceptions import RedisError", "Redis only in stream/state"),
        ("models/treatment/reports.py", "import models.pathology.reader", "where no vital sign waits"),
        ("models/risk/network.py", "from models.risk.lab import ranks", "a lab or what only an extra installs"),
        (
            "models/lesion/network.py",
            "def late():\n    import models.generator.flow",
            "a lab or what only an extra installs",
        ),
        ("models/lesion/saliency.py", "from scipy import ndimage", "a lab or what only an extra installs"),
        ("models/treatment/facts.py", "from models.lesion import sets", "The watch path carries no image"),
    ],
)
def test_an_import_that_breaks_the_house_is_found(copy: Path, where: str, line: str, broken: str) -> None:
    module = copy / where
    module.write_text(f"{module.read_text(encoding='utf-8')}\n{line}\n", encoding="utf-8")
    holds, said = kept(copy)
    assert not holds
    assert f"{broken} BROKEN" in said, said


@pytest.mark.parametrize("room", ROOMS, ids=lambda room: str(room.relative_to(ROOT)))
def test_every_package_says_in_a_line_what_lives_there(room: Path) -> None:
    door = room / "__init__.py"
    assert door.is_file(), f"{room.name} has no __init__.py"
    said = ast.get_docstring(ast.parse(door.read_text(encoding="utf-8")))
    assert said
    assert len(said.splitlines()) == 1
