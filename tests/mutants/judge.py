"""Runs the tests of a file on each of its faults: every time in a process of its own, forked from a warm one.

A fault in a function is tried quickly: the warm process has imported everything, the tests too, its fork puts the
changed code into that function, and the tests judge it that ran through its lines. One that is in effect from the
import on, or may be, is judged by all tests of the file: there the warm process has imported what the tests need and
what does not lead to the file, and the fault is in the module that the fork imports.
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
from math import ceil
from pathlib import Path
from types import CodeType, FrameType, FunctionType
from typing import Any, Final, Literal, NamedTuple, cast

import pytest

from tests.mutants.changes import Change, changed
from tests.mutants.table import ROOT

Verdict = Literal["killed", "slow", "survived", "unclear"]
"""The last is for this file alone: the fault could not be put in and is tried in another way."""

_LEAST_S: Final = 10
_TIMES_AS_LONG: Final = 3
"""A fault may take so many seconds of the processor beside what its tests took while they were traced: a busy machine
makes none too slow. One that waits instead is ended after so many times what all tests take by the clock."""
_MOST_MEMORY: Final = 16 << 30  # bytes of address space
_MOST_EXAMPLES: Final = 10  # of a property: a fault that only chance finds wants an example of its own
_OURS: Final = ("schemas", "models", "stream")
_TESTS: Final = "tests"
_NO_TEST: Final = ""
"""What runs before the first test, or between them."""


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
    quickly = _Quickly(file, tests, baseline)
    left: list[Change] = []

    def told_quickly(fault: Change, verdict: Verdict) -> None:
        if verdict == "unclear" or (verdict == "survived" and quickly.may_act_at_import(fault)):
            left.append(fault)
        else:
            told(fault, verdict)

    _in_warm_process(quickly, [fault for fault in faults if not fault.at_import], jobs, told_quickly)
    left += [fault for fault in faults if fault.at_import]
    left.sort(key=lambda fault: fault.number)
    _in_warm_process(_Thoroughly(file, tests, baseline), left, jobs, told)


def _in_warm_process(
    way: "_Quickly | _Thoroughly", faults: Collection[Change], jobs: int, told: Callable[[Change, Verdict], None]
) -> None:
    if not faults:
        return
    read, write = os.pipe()
    warm = os.fork()
    if warm == 0:
        os.close(read)
        with os.fdopen(write, "w") as out:
            _silence()
            way.warm()
            gc.freeze()  # else each fork looks through all of it, and copies it by that
            if not _lives_without_a_fault(way):
                os._exit(1)
            for fault, verdict in _judged(way, faults, jobs):
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
        message = f"the tests of {way.file} fail in a warm process without any fault: {' '.join(way.tests)}"
        raise BrokenTestsError(message)


@dataclass
class _Quickly:
    """Into the functions of a process that has imported everything, judged by the tests that run through them."""

    file: str
    tests: Collection[str]
    baseline: _Baseline
    functions: list[FunctionType] = field(default_factory=list)

    def warm(self) -> None:
        """Import everything, in the order in which pytest does, so that properties have the runner's settings."""
        ours = [name for name in self.baseline.modules if name.split(".")[0] == _TESTS]
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            for name in self.baseline.modules:
                if name not in ours:
                    with contextlib.suppress(Exception):  # the tests import it themselves, and tell why they can not
                        import_module(name)
            for name in sorted(ours, key=lambda name: not name.endswith("conftest")):
                if not name.endswith("conftest"):
                    _use_quick_settings()
                with contextlib.suppress(Exception):
                    import_module(name)
        path = str(ROOT / self.file)
        objects = (one for one in gc.get_objects() if isinstance(one, FunctionType))
        self.functions = [one for one in objects if one.__code__.co_filename == path]

    def run(self, fault: Change | None, code: CodeType) -> int:
        """Run the tests; with a fault that can't be put in so, none, as if it lived."""
        if fault is None:
            return _run(self.tests, [_Selection(None, self.baseline.seconds)])
        if not self._put_in(code):
            return pytest.ExitCode.NO_TESTS_COLLECTED
        some = self._tests_through(fault) - {_NO_TEST}
        if not some:
            return pytest.ExitCode.OK
        return _run(sorted({name.split("::")[0] for name in some}), [_Selection(some, self.baseline.seconds)])

    def cost_s(self, fault: Change) -> int:
        """What the tests take that judge a fault."""
        return ceil(sum(self.baseline.seconds.get(name, 0.0) for name in self._tests_through(fault)))

    def may_act_at_import(self, fault: Change) -> bool:
        """Whether something ran through a fault before any test did, or results are kept from one test to the next."""
        return _NO_TEST in self._tests_through(fault) or "cache" in (ROOT / self.file).read_text(encoding="utf-8")

    @staticmethod
    def verdict(code: int) -> Verdict:
        """What the exit status of pytest says."""
        if code == pytest.ExitCode.NO_TESTS_COLLECTED:
            return "unclear"
        return "survived" if code == pytest.ExitCode.OK else "killed"

    def _tests_through(self, fault: Change) -> set[str]:
        lines = range(fault.line, fault.last_line + 1)
        return set().union(*(self.baseline.runs_through.get(line, set()) for line in lines))

    def _put_in(self, code: CodeType) -> bool:
        new: dict[tuple[str, int], list[CodeType]] = defaultdict(list)
        for inner in _codes_in(code):
            new[inner.co_qualname, inner.co_firstlineno].append(inner)
        put = False
        for function in self.functions:
            alike = new[function.__code__.co_qualname, function.__code__.co_firstlineno]
            other = alike[0] if len(alike) == 1 else None  # of several in one line nobody knows which is which
            if other is not None and other != function.__code__:
                if other.co_freevars != function.__code__.co_freevars:
                    return False
                function.__code__ = other
                put = True
        return put


@dataclass
class _Thoroughly:
    """Into the module that the tests import, judged by all of them."""

    file: str
    tests: Collection[str]
    baseline: _Baseline

    def warm(self) -> None:
        """Import what the tests import, but the module of this file and what leads to it."""
        later = _leading_to(_module_of(self.file))
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            for name in self.baseline.modules:
                if name not in later and not name.startswith(_TESTS):
                    with contextlib.suppress(Exception):  # the tests import it themselves, and tell why they can not
                        import_module(name)

    def cost_s(self, _: Change) -> int:
        """What the tests take that judge a fault."""
        return ceil(sum(self.baseline.seconds.values()))

    def run(self, _: Change | None, code: CodeType) -> int:
        """Run all tests."""
        return _run(self.tests, [_Selection(None, self.baseline.seconds)], _Loader(self.file, code))

    @staticmethod
    def verdict(code: int) -> Verdict:
        """What the exit status of pytest says."""
        return "survived" if code in {pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED} else "killed"


def _codes_in(code: CodeType) -> Iterator[CodeType]:
    """All code within a piece of code."""
    for inner in code.co_consts:
        if isinstance(inner, CodeType):
            yield inner
            yield from _codes_in(inner)


def _lives_without_a_fault(way: _Quickly | _Thoroughly) -> bool:
    """Whether the way in which faults are tried is itself harmless; asked twice, since a busy machine fails a test."""
    code = compile((ROOT / way.file).read_text(encoding="utf-8"), str(ROOT / way.file), "exec")
    return any(os.waitpid(_fork(lambda: way.run(None, code)), 0)[1] == 0 for _ in range(2))


def _judged(way: _Quickly | _Thoroughly, faults: Iterable[Change], jobs: int) -> Iterator[tuple[Change, Verdict]]:
    limit_s = _LEAST_S + _TIMES_AS_LONG * way.baseline.all_s
    source = (ROOT / way.file).read_text(encoding="utf-8")
    waiting = list(reversed(list(faults)))
    running: dict[int, tuple[Change, float]] = {}
    while waiting or running:
        while waiting and len(running) < jobs:
            fault = waiting.pop()
            code = compile(changed(source, fault.number), str(ROOT / way.file), "exec")
            pid = _fork(lambda: way.run(fault, code), _LEAST_S + way.cost_s(fault))  # noqa: B023 - run at once
            running[pid] = fault, time.monotonic() + limit_s
        for pid, (fault, until_s) in list(running.items()):
            done, status = os.waitpid(pid, os.WNOHANG)
            verdict: Verdict
            if done:
                ended = os.waitstatus_to_exitcode(status)
                verdict = "slow" if ended in _OUT_OF_TIME else way.verdict(ended)
            elif time.monotonic() > until_s:
                os.killpg(pid, signal.SIGKILL)
                os.waitpid(pid, 0)
                verdict = "slow"
            else:
                continue
            del running[pid]
            with contextlib.suppress(ProcessLookupError):
                os.killpg(pid, signal.SIGKILL)  # what a test has started and a fault has left
            yield fault, verdict
        time.sleep(0.01)


_OUT_OF_TIME: Final = (-signal.SIGXCPU, -signal.SIGKILL)


def _fork(work: Callable[[], int], most_s: int | None = None) -> int:
    """A process of its own group for this work, which says nothing and leaves nothing; with a limit to its work."""
    pid = os.fork()
    if pid:
        with contextlib.suppress(PermissionError, ProcessLookupError):
            os.setpgid(pid, pid)
        return pid
    code: int = pytest.ExitCode.INTERNAL_ERROR
    try:
        os.setpgid(0, 0)
        resource.setrlimit(resource.RLIMIT_AS, (_MOST_MEMORY, _MOST_MEMORY))
        if most_s is not None:
            resource.setrlimit(resource.RLIMIT_CPU, (most_s, most_s))
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
        _use_quick_settings()

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        from hypothesis import settings  # noqa: PLC0415 - only in the fork

        for test in {getattr(item, "obj", None) for item in items}:
            own = getattr(test, "_hypothesis_internal_use_settings", None)
            if own is not None and own.max_examples > _MOST_EXAMPLES:
                vars(test)["_hypothesis_internal_use_settings"] = settings(own, max_examples=_MOST_EXAMPLES)


def _use_quick_settings() -> None:
    from hypothesis import Phase, settings  # noqa: PLC0415 - only in the fork

    phases = [Phase.explicit, Phase.generate]
    settings.register_profile("mutants", phases=phases, derandomize=True, database=None, deadline=None)
    settings.load_profile("mutants")


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
    test: str = _NO_TEST
    lines: dict[int, set[str]] = field(default_factory=lambda: defaultdict(set))
    seconds: dict[str, float] = field(default_factory=dict)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Iterator[None]:
        self.test = item.nodeid
        sys.settrace(self.enter)  # again: a test may have taken it away
        threading.settrace(self.enter)
        began_s = time.process_time()
        try:
            return (yield)
        finally:
            self.seconds[item.nodeid] = round(time.process_time() - began_s, 3)
            self.test = _NO_TEST

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
            sys.settrace(tracer.enter)
            threading.settrace(tracer.enter)
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
