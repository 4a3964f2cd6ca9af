"""The wheel works alone, and in any folder: also in one that holds packages called as ours are."""

import json
import os
import shutil
import subprocess
import sys
import sysconfig
import venv
from pathlib import Path
from typing import Final

import pytest

ROOT: Final = Path(__file__).parents[2]
PACKAGES: Final = ("schemas", "models", "stream")

pytestmark = pytest.mark.timeout(400)


@pytest.fixture(scope="module")
def bin_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The programs of an environment with the wheel and its dependencies, to which this checkout is unknown."""
    folder = tmp_path_factory.mktemp("wheel")
    sources = folder / "sources"  # a copy, since a build leaves its own files beside them
    sources.mkdir()
    for name in PACKAGES:
        shutil.copytree(ROOT / name, sources / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, sources)
    pip("wheel", "--no-deps", "--no-build-isolation", "--wheel-dir", str(folder), str(sources))
    venv.create(folder / "venv", with_pip=False, symlinks=True)
    python = folder / "venv" / "bin" / "python"
    (wheel,) = folder.glob("*.whl")
    pip("--python", str(python), "install", "--no-deps", "--no-index", str(wheel))
    # The dependencies of this environment. A .pth file that lies there, as an editable install's does, is not followed.
    (site_packages,) = folder.glob("venv/lib/python*/site-packages")
    (site_packages / "dependencies.pth").write_text(
        "\n".join({sysconfig.get_path(of) for of in ("purelib", "platlib")})
    )
    return python.parent


def pip(*arguments: str) -> None:
    done = subprocess.run([sys.executable, "-m", "pip", *arguments], capture_output=True, text=True, check=False)  # noqa: S603 - our own words
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture
def clashing_folder(tmp_path: Path) -> Path:
    """A folder as many a repository is, with packages of its own called as ours are."""
    for name in PACKAGES:
        (tmp_path / name).mkdir()
        (tmp_path / name / "__init__.py").write_text('raise AssertionError("this is not Wardwatch")\n')
    return tmp_path


def wardwatch(bin_folder: Path, cwd: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Call the command in a folder, with nothing set."""
    env = {name: value for name, value in os.environ.items() if not name.startswith(("WARDWATCH_", "PYTHON"))}
    command = [str(bin_folder / "wardwatch"), *arguments]
    return subprocess.run(command, cwd=cwd, env=env, capture_output=True, text=True, check=False)  # noqa: S603 - our own words


def test_the_command_answers(bin_folder: Path, clashing_folder: Path) -> None:
    done = wardwatch(bin_folder, clashing_folder, "--help")
    assert done.returncode == 0, done.stderr
    assert "Usage: wardwatch" in done.stdout


@pytest.mark.stack
def test_workers_and_the_processes_that_read_images_live(bin_folder: Path, clashing_folder: Path) -> None:
    done = wardwatch(bin_folder, clashing_folder, "demo", "--json", "--seconds", "12", "--patients", "4")
    assert done.returncode == 0, done.stderr
    summary = json.loads(done.stdout.splitlines()[-1])
    assert summary["lost"] == 0
    assert summary["outputs"]["alerts"] > 0
    assert summary["outputs"]["lesion-reports"] > 0
