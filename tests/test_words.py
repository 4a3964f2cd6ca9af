"""Words point at what is there: every path, module and name of ours in a comment, a docstring or a page exists."""

import ast
import io
import re
import tokenize
from collections.abc import Iterator
from functools import cache
from itertools import chain
from pathlib import Path
from typing import Final

import pytest

ROOT: Final = Path(__file__).parents[1]
PACKAGES: Final = ("schemas", "models", "stream", "tests")
ROOMS: Final = (*PACKAGES, "deploy", "docs")
HASHED: Final = ("Makefile", "Dockerfile", "run", ".toml", ".yml", ".yaml", ".sh", ".conf", ".properties")
"""Files whose comments begin with #; `run` is CI's."""

# In one of our rooms any kind of file counts, and a folder too; elsewhere the kinds that are ours.
PATH: Final = re.compile(
    rf"(?<![\w./~$@<-])(?:(?:{'|'.join(ROOMS)})(?:/[\w.*-]+)+/?|(?:[a-z][\w-]*/)+[\w-]+\.(?:py|md|sh|toml|ya?ml|lua)\b"
    r"|[a-z_][\w-]*\.(?:py|md|sh|ya?ml|lua)\b|(?:README|CHANGELOG|CONTRIBUTING)\.md)(?:#[\w-]+)?"
)
DOTTED: Final = re.compile(rf"(?<![\w./-])(?:{'|'.join(PACKAGES)})(?:\.[A-Za-z_]\w*)+")
QUOTED: Final = re.compile(r"`([a-z_]\w*)\.(?!py`|md`|password`)([A-Za-z_]\w*)(?:\.\w+)*(?:\(.*?\))?`")
CONSTANT: Final = re.compile(r"(?<![\w.])([a-z_]\w*)\.([A-Z][A-Z0-9_]{2,})\b")


@cache
def files(*kinds: str) -> list[Path]:
    """Our files of some kinds, by suffix or name: at the top, in .ci and in every room."""
    here = chain(ROOT.glob("*"), (ROOT / ".ci").glob("*"), *((ROOT / room).rglob("*") for room in ROOMS))
    found = {path for path in here if path.suffix in kinds or path.name in kinds}
    return sorted(path for path in found if path.is_file() and "__pycache__" not in path.parts)


def comments(source: str) -> Iterator[str]:
    """Comments, those that follow each other as one text, so that a name may be broken between lines."""
    tokens = tokenize.generate_tokens(io.StringIO(source).readline)
    last, lines = -1, [""]
    for token in tokens:
        if token.type == tokenize.COMMENT:
            if token.start[0] != last + 1:
                yield "\n".join(lines)
                lines = []
            lines.append(token.string.lstrip("# "))
            last = token.start[0]
    yield "\n".join(lines)


def written(path: Path) -> Iterator[str]:
    """What a Python file says to its readers: comments, docstrings and, outside tests, texts of more than one word."""
    source = path.read_text(encoding="utf-8")
    yield from comments(source)
    shown = path.relative_to(ROOT).parts[0] != "tests"
    for node in ast.walk(ast.parse(source)):
        inner = node.value if isinstance(node, ast.Expr) else node if shown else None
        if isinstance(inner, ast.Constant) and isinstance(inner.value, str) and " " in inner.value.strip():
            yield inner.value


def said() -> Iterator[tuple[Path, str]]:
    """Every text that may name something of ours, and where it stands."""
    for path in files(".py"):
        yield from ((path, text) for text in written(path))
    for path in files(*HASHED):
        lines = path.read_text(encoding="utf-8").splitlines()
        yield from ((path, line.partition("#")[2]) for line in lines if "#" in line)
    for path in files(".md"):
        text = path.read_text(encoding="utf-8")
        if path.name == "CHANGELOG.md":  # what is older speaks of the files of its time
            text = text.split("\n## [")[1]
        yield path, text


@cache
def names(module: Path) -> frozenset[str]:
    """What can be reached in a module: its names at the top, and those in its classes as `Class.name`."""
    found: set[str] = set()
    for node in ast.parse(module.read_text(encoding="utf-8")).body:
        found |= set(_named(node))
        if isinstance(node, ast.ClassDef):
            found |= {f"{node.name}.{name}" for inner in ast.walk(node) for name in _named(inner)}
    return frozenset(found)


def _named(node: ast.AST) -> list[str]:
    match node:
        case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
            return [node.name]
        case ast.Assign():
            return [part.id for target in node.targets for part in ast.walk(target) if isinstance(part, ast.Name)]
        case ast.AnnAssign(target=ast.Name(id=name)) | ast.AnnAssign(target=ast.Attribute(attr=name)):
            return [name]
        case ast.Import() | ast.ImportFrom():
            return [alias.asname or alias.name for alias in node.names]
    return []


def path_is_there(name: str, at: Path) -> bool:
    """From the repository's root or, for a name without a room, from beside the file that names it."""
    path, _, anchor = name.rstrip("./").partition("#")
    for folder in (ROOT, at.parent):
        hits = [hit for hit in folder.glob(path) if hit.exists()]
        if hits and anchor:
            headings = re.findall(r"^#+ (.+)$", hits[0].read_text(encoding="utf-8"), re.MULTILINE)
            return anchor in {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}
        if hits:
            return True
    return False


def dotted_is_there(name: str) -> bool:
    """A package, a module, or what lies in one."""
    parts = name.split(".")
    for length in range(len(parts), 0, -1):
        module = ROOT.joinpath(*parts[:length])
        inside = ".".join(parts[length : length + 2])
        for file in (module.with_suffix(".py"), module / "__init__.py"):
            if file.is_file():
                return not inside or inside in names(file)
    return False


def member_is_there(stem: str, name: str) -> bool:
    """A name in one of our modules of this stem or in one of its classes; True as well where no such module is ours."""
    modules = [path for path in files(".py") if path.stem == stem and path.relative_to(ROOT).parts[0] in PACKAGES]
    reachable = {part for module in modules for full in names(module) for part in (full, full.rpartition(".")[2])}
    return not modules or name in reachable


def missing(at: Path, text: str) -> set[str]:
    """What a text names that is not there."""
    paths = {hit for hit in PATH.findall(text) if not path_is_there(hit, at)}
    dotted = {hit for hit in DOTTED.findall(text) if not dotted_is_there(hit)}
    members = {f"{a}.{b}" for a, b in (*QUOTED.findall(text), *CONSTANT.findall(text)) if not member_is_there(a, b)}
    return paths | dotted | members


def test_every_path_module_and_name_that_is_mentioned_exists() -> None:
    wrong: dict[str, set[str]] = {}
    for at, text in said():
        lost = missing(at, text)
        if lost:
            wrong.setdefault(str(at.relative_to(ROOT)), set()).update(lost)
    assert wrong == {}


@pytest.mark.parametrize(
    ("text", "lost"),
    [
        ("why each: reference/streaming.md A.3", {"reference/streaming.md"}),
        ("delivery/sender.py waits for the broker", {"delivery/sender.py"}),
        ("its delivery is the one that `delivery.py` mends", {"delivery.py"}),
        ("the form on the wire (letters.py)", {"letters.py"}),
        ("see models/lesion/burned_in", {"models/lesion/burned_in"}),
        ("docs/sources.md#alarm-words and docs/sources.md#gone", {"docs/sources.md#gone"}),
        ("models.watch.state.COLUMNS, models.watch.state.GONE", {"models.watch.state.GONE"}),
        ("held by `rules.LEAK`, rules.SPOT_AFTER_S and rules.GONE_S", {"rules.GONE_S"}),
        ("`episodes.advance` and `episodes.retreat`", {"episodes.retreat"}),
        ("numpy.nan, /etc/hosts.py, https://example.org/a/b.py and `consumer.position()` of aiokafka", set()),
    ],
)
def test_what_is_not_there_is_found(text: str, lost: set[str]) -> None:
    assert missing(ROOT / "models" / "vitals.py", text) == lost
