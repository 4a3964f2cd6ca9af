"""Runs the tests of a file on each of its faults: every time in a process of its own, forked from a warm one.

The warm process has imported all that the tests need and that does not lead to the file itself; the fault is in the
module that its fork imports. A fault is judged by the tests that ran through its lines, one that these let live by all
tests of its file.
"""

import ast
import contextlib
import gc
import json
import os
import resource
import shutil
import signal
import sys
import tempfile
import threading
import time
import warnings
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from importlib import import_module
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, SourceFileLoader
from importlib.util import spec_from_file_location
from pathlib import Path
from types import CodeType, FrameType
from typing import Any, Final, Literal, NamedTuple, cast

import pytest

from tests.mutants.changes import Change, changed
from tests.mutants.table import ROOT

Verdict = Literal["killed", "slow", "survived"]

_LEAST_S: Final = 10.0
_TIMES_AS_LONG: Final = 3
_MOST_MEMORY: Final = 16 << 30  # bytes of address space
_MOST_EXAMPLES: Final = 30  # of a property: a fault that only chance finds wants an example of its own
_OURS: Final = ("schemas", "models", "stream")
_TESTS: Final = "tests"


class _Baseline(NamedTuple):
    """What the tests do without a fault."""

    seconds: dict[str, float]  # by test
    all_s: float
    runs_through: dict[int, set[str]]  # tests, by line
    modules: list[str]


class BrokenTestsError(Exception):
    """The tests fail without any fault."""


def judge(
    file: str, tests: Collection[str], faults: Collection[Change], jobs: int, told: Callable[[Change, Verdict], None]
) -> None:
    """Judge the faults of a file, `jobs` at a time. Raises BrokenTestsError where the tests fail without any."""
    baseline = _baseline(file, tests)
    read, write = os.pipe()
    warm = os.fork()
    if warm == 0:
        os.close(read)
        with os.fdopen(write, "w") as out:
            _silence()
            _warm(file, baseline.modules)
            if not _lives_without_a_fault(file, tests, baseline):
                os._exit(1)
            for fault, verdict in _judged(file, tests, faults, baseline, jobs):
                out.write(f"{fault.number} {verdict}\n")
                out.flush()
        os._exit(0)
    os.close(write)
    by_number = {fault.number: fault for fault in faults}
    with os.fdopen(read) as lines:
        for line in lines:
            number, _, said = line.strip().partition(" ")
            told(by_number[int(number)], cast("Verdict", said))
    if os.waitpid(warm, 0)[1]:
        message = f"the tests of {file} fail in a warm process without any fault: {' '.join(tests)}"
        raise BrokenTestsError(message)


def _lives_without_a_fault(file: str, tests: Collection[str], baseline: _Baseline) -> bool:
    """Whether the way in which faults are tried is itself harmless; asked twice, since a busy machine fails a test."""
    code = compile((ROOT / file).read_text(encoding="utf-8"), str(ROOT / file), "exec")
    all_of_them = _Selection(None, baseline.seconds)
    return any(os.waitpid(_fork(lambda: _run(tests, [all_of_them], _Loader(file, code))), 0)[1] == 0 for _ in range(2))


def _judged(
    file: str, tests: Collection[str], faults: Iterable[Change], baseline: _Baseline, jobs: int
) -> Iterator[tuple[Change, Verdict]]:
    limit_s = _LEAST_S + _TIMES_AS_LONG * baseline.all_s
    source = (ROOT / file).read_text(encoding="utf-8")
    waiting = [(fault, _tests_through(fault, baseline)) for fault in reversed(list(faults))]
    running: dict[int, tuple[Change, set[str] | None, float]] = {}
    while waiting or running:
        while waiting and len(running) < jobs:
            fault, some = waiting.pop()
            code = compile(changed(source, fault.number), str(ROOT / file), "exec")
            running[_fork(lambda: _run(tests, [_Selection(some, baseline.seconds)], _Loader(file, code)))] = (  # noqa: B023 - run at once
                fault,
                some,
                time.monotonic() + limit_s,
            )
        for pid, (fault, some, until_s) in list(running.items()):
            done, status = os.waitpid(pid, os.WNOHANG)
            verdict: Verdict
            if done:
                verdict = "survived" if os.waitstatus_to_exitcode(status) in _LIVES else "killed"
            elif time.monotonic() > until_s:
                os.killpg(pid, signal.SIGKILL)
                os.waitpid(pid, 0)
                verdict = "slow"
            else:
                continue
            del running[pid]
            with contextlib.suppress(ProcessLookupError):
                os.killpg(pid, signal.SIGKILL)  # what a test has started and a fault has left
            if verdict == "survived" and some is not None:
                waiting.append((fault, None))
            else:
                yield fault, verdict
        time.sleep(0.01)


_LIVES: Final = (pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED)


def _tests_through(fault: Change, baseline: _Baseline) -> set[str] | None:
    """The tests that run through a fault; None: all, for it is in effect from the import on."""
    if fault.at_import:
        return None
    lines = range(fault.line, fault.last_line + 1)
    return set().union(*(baseline.runs_through.get(line, set()) for line in lines))


def _fork(work: Callable[[], int]) -> int:
    """A process of its own group for this work, which says nothing and leaves nothing."""
    pid = os.fork()
    if pid:
        with contextlib.suppress(PermissionError, ProcessLookupError):
            os.setpgid(pid, pid)
        return pid
    code: int = pytest.ExitCode.INTERNAL_ERROR
    try:
        os.setpgid(0, 0)
        resource.setrlimit(resource.RLIMIT_AS, (_MOST_MEMORY, _MOST_MEMORY))
        _silence()
        code = work()
    finally:
        os._exit(code)


def _silence() -> None:
    nothing = os.open(os.devnull, os.O_RDWR)
    for number in (0, 1, 2):
        os.dup2(nothing, number)


def _run(tests: Iterable[str], plugins: list[Any], loader: "_Loader | None" = None) -> int:
    if loader is not None:
        sys.meta_path.insert(0, loader)
    scratch = tempfile.mkdtemp(prefix="wardwatch-mutants-")
    try:
        return pytest.main(
            [
                *(
                    "-x",
                    "-q",
                    "-p",
                    "no:cacheprovider",
                    "--no-header",
                    "--tb=no",
                    "--assert=plain",
                    "--hypothesis-seed=0",
                ),
                f"--basetemp={scratch}/tests",
                *tests,
            ],
            plugins=[*plugins, _Quick()],
        )
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


class _Quick:
    """Few examples that are the same each time; one that fails is enough and need not be made small."""

    @pytest.hookimpl(trylast=True)
    def pytest_configure(self) -> None:
        from hypothesis import Phase, settings  # noqa: PLC0415 - only in the fork

        phases = [Phase.explicit, Phase.generate]
        settings.register_profile("mutants", phases=phases, derandomize=True, database=None, deadline=None)
        settings.load_profile("mutants")

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        from hypothesis import settings  # noqa: PLC0415 - only in the fork

        for test in {getattr(item, "obj", None) for item in items}:
            own = getattr(test, "_hypothesis_internal_use_settings", None)
            if own is not None and own.max_examples > _MOST_EXAMPLES:
                vars(test)["_hypothesis_internal_use_settings"] = settings(own, max_examples=_MOST_EXAMPLES)


class _Selection:
    """Only these tests, or all if it is None; the quick ones first, since the first that fails is enough."""

    def __init__(self, names: Collection[str] | None, seconds: Mapping[str, float]) -> None:
        self._names = names
        self._seconds = seconds

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        if self._names is not None:
            items[:] = [item for item in items if item.nodeid in self._names]
        items.sort(key=lambda item: self._seconds.get(item.nodeid, 0.0))


class _Loader(MetaPathFinder):
    """Imports the module of a file with its fault."""

    def __init__(self, file: str, code: CodeType) -> None:
        self._module = _module_of(file)
        self._path = str(ROOT / file)
        self._code = code

    def find_spec(self, fullname: str, *_: object) -> ModuleSpec | None:
        """The module's, if it is this one."""
        if fullname != self._module:
            return None
        return spec_from_file_location(fullname, self._path, loader=_Compiled(fullname, self._path, self._code))


class _Compiled(SourceFileLoader):
    def __init__(self, fullname: str, path: str, code: CodeType) -> None:
        super().__init__(fullname, path)
        self._code = code

    def get_code(self, _: str) -> CodeType:
        return self._code


@dataclass
class _Tracer:
    """Notes which test runs through which line of a file, and how long it takes."""

    path: str
    test: str = ""
    lines: dict[int, set[str]] = field(default_factory=lambda: defaultdict(set))
    seconds: dict[str, float] = field(default_factory=dict)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Iterator[None]:
        self.test = item.nodeid
        sys.settrace(self.enter)
        threading.settrace(self.enter)
        began_s = time.process_time()
        try:
            return (yield)
        finally:
            self.seconds[item.nodeid] = round(time.process_time() - began_s, 3)

    def enter(self, frame: FrameType, _: str, __: object) -> Callable[..., Any] | None:
        return self.note if frame.f_code.co_filename == self.path else None

    def note(self, frame: FrameType, _: str, __: object) -> Callable[..., Any]:
        self.lines[frame.f_lineno].add(self.test)
        return self.note


def _baseline(file: str, tests: Collection[str]) -> _Baseline:
    with tempfile.NamedTemporaryFile("r", suffix=".json") as told:

        def work() -> int:
            began_s = time.monotonic()
            tracer = _Tracer(str(ROOT / file))
            code = _run(tests, [tracer])
            all_s = time.monotonic() - began_s
            lines = {line: sorted(names) for line, names in tracer.lines.items()}
            Path(told.name).write_text(json.dumps([tracer.seconds, all_s, lines, list(sys.modules)]), encoding="utf-8")
            return code

        _, status = os.waitpid(_fork(work), 0)
        if status:
            message = f"the tests of {file} fail without any fault: {' '.join(tests)}"
            raise BrokenTestsError(message)
        seconds, all_s, lines, modules = json.load(told)
    return _Baseline(seconds, all_s, {int(line): set(names) for line, names in lines.items()}, modules)


def _warm(file: str, modules: Iterable[str]) -> None:
    """Import what the tests import, but the module of this file and what leads to it."""
    later = _leading_to(_module_of(file))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for name in modules:
            if name not in later and not name.startswith(_TESTS):
                with contextlib.suppress(Exception):  # the tests import it themselves, and tell why they can not
                    import_module(name)
    gc.freeze()  # else each fork looks through all of it, and copies it by that


def _leading_to(module: str) -> set[str]:
    """A module of ours, and those that import it, themselves or by others."""
    files = {_module_of(str(path.relative_to(ROOT))): path for room in _OURS for path in (ROOT / room).rglob("*.py")}
    imports = {name: _imported(path) for name, path in files.items()}
    found = {module}
    while more := {name for name, others in imports.items() if others & found} - found:
        found |= more
    return found


def _imported(path: Path) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return names


def _module_of(file: str) -> str:
    return file.removesuffix(".py").removesuffix("/__init__").replace("/", ".")
