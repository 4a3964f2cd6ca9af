"""An installation without this or that package, for a process: what is left out can't be imported there."""

import tomllib
from collections.abc import Collection
from importlib.metadata import PackageNotFoundError, packages_distributions, requires
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]
_SITECUSTOMIZE = """
import sys
from importlib.machinery import PathFinder

HIDDEN = frozenset({names!r})


class Installed(PathFinder):
    @classmethod
    def find_spec(cls, fullname, path=None, target=None):
        return None if fullname.partition(".")[0] in HIDDEN else super().find_spec(fullname, path, target)


sys.meta_path[sys.meta_path.index(PathFinder)] = Installed
"""


def without(names: Collection[str], folder: Path) -> dict[str, str]:
    """What the environment must say so that a process, and each that it starts, can't import these modules."""
    folder.mkdir()
    (folder / "sitecustomize.py").write_text(_SITECUSTOMIZE.format(names=sorted(names)), encoding="utf-8")
    return {"PYTHONPATH": str(folder)}


def modules_beyond(extras: Collection[str] = ()) -> set[str]:
    """The modules of every package installed here that `pip install wardwatch[extras]` would not bring."""
    wanted = _closure("wardwatch", extras)
    return {
        module
        for module, packages in packages_distributions().items()
        if not any(canonicalize_name(package) in wanted for package in packages)
    }


def modules_of(extra: str) -> set[str]:
    """The modules of the packages that an extra names itself."""
    named = {canonicalize_name(one.name) for one in requirements_of("wardwatch", [extra])}
    named -= {canonicalize_name(one.name) for one in requirements_of("wardwatch", [])}
    return {
        module
        for module, packages in packages_distributions().items()
        if any(canonicalize_name(package) in named for package in packages)
    }


def _closure(package: str, extras: Collection[str]) -> set[str]:
    """The package and all that it requires, directly or not."""
    found: set[str] = set()
    waiting = [(package, frozenset(extras))]
    seen = set(waiting)
    while waiting:
        name, asked = waiting.pop()
        found.add(canonicalize_name(name))
        for requirement in requirements_of(name, asked):
            one = (requirement.name, frozenset(requirement.extras))
            if one not in seen:
                seen.add(one)
                waiting.append(one)
    return found


def requirements_of(package: str, extras: Collection[str]) -> list[Requirement]:
    """What a package asks for here, with these extras; nothing of one that is not installed."""
    try:
        lines = _own(extras) if package == "wardwatch" else requires(package) or []
    except PackageNotFoundError:
        return []
    return [
        requirement
        for requirement in map(Requirement, lines)
        if requirement.marker is None or any(requirement.marker.evaluate({"extra": extra}) for extra in ("", *extras))
    ]


def _own(extras: Collection[str]) -> list[str]:
    """Our own, as the project's file has them now: what is installed may be older."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return [*project["dependencies"], *(line for extra in extras for line in project["optional-dependencies"][extra])]
