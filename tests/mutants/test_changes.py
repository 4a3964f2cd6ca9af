"""The faults that are tried: what is changed, what is left alone, and that each is known by what it says."""

import ast
import json

import pytest

from tests.mutants.__main__ import KNOWN
from tests.mutants.changes import changed, changes
from tests.mutants.table import ROOT, TESTS


def tried(source: str) -> set[str]:
    """What the changed statements of a source say."""
    return {change.after for change in changes("a.py", source)}


@pytest.mark.parametrize(
    ("source", "after"),
    [
        ("x = a < b", {"x = a <= b"}),
        ("x = a == b in c", {"x = a != b in c", "x = a == b not in c"}),
        ("x = a and b", {"x = a or b"}),
        ("x = not a", {"x = a"}),
        ("x: Final = 5", {"x: Final = 6"}),
        ("x = True", {"x = False"}),
        ("x = 'word'", {"x = 'word~'"}),
        ("x = -1", {"x = 1", "x = -2"}),
        ("f(a | b)", {"pass", "f(a & b)", "f(a)", "f(b)"}),
        ("x = min(a)", {"x = max(a)"}),
        ("x = f(a, b)", {"x = f(b, a)"}),
        ("x = [a for a in b if a]", {"x = [a for a in b]"}),
        ("x += a", {"pass", "x -= a"}),
        ("x.y = a", {"pass"}),
        ("if a:\n    b", {"if not a:"}),
        ("raise a", {"pass"}),
        ("while a < b:\n    break", {"while a <= b:", "pass"}),
        ("with a:\n    b", {"if True:"}),
        ("try:\n    pass\nexcept A:\n    pass", {"except A: raise"}),
        ("def f():\n    return a", {"return None"}),
        ("match a:\n    case 'b':\n        pass\n    case _:\n        pass", {"case 'b' if False:", "case 'b~':"}),
    ],
)
def test_a_slip_in_a_statement_is_tried(source: str, after: set[str]) -> None:
    assert tried(source) == after


@pytest.mark.parametrize(
    "source",
    [
        '"""What it does."""',
        'log.warning("word", count=1)',
        'message = "a sentence"',
        "from a import b",
        "def f(a: Literal['b']) -> Literal['c']: ...",
        "assert a == b",
        "raise AssertionError",
        "Kind = Literal['a', 'b']",
        'x = f"{a} words"',
        "class P(Protocol):\n    def f(self, a=1): ...",
    ],
)
def test_what_is_for_people_or_for_the_type_checker_is_left_alone(source: str) -> None:
    assert tried(source) == set()


def test_a_fault_is_known_by_its_function_and_its_words_and_not_by_its_line() -> None:
    source = "class A:\n    def f(self):\n        return a(1, b)\n"
    before, moved = changes("a.py", source), changes("a.py", f"# one line more\n\n{source}")
    assert [change.key for change in before] == [change.key for change in moved]
    assert {change.where for change in before} == {"A.f"}
    assert {change.line for change in before} == {3}
    assert {change.line for change in moved} == {5}


def test_what_is_judged_is_the_fault_that_is_named() -> None:
    source = "def f(a, b=2):\n    if a < b:\n        return a + b\n"
    for change in changes("a.py", source):
        assert change.after in ast.unparse(changed(source, change.number))
        assert change.at_import == (change.before != "return a + b" and "if" not in change.before)


@pytest.mark.parametrize("file", TESTS)
def test_what_the_table_names_is_there_and_can_be_changed(file: str) -> None:
    assert all((ROOT / test).exists() for test in TESTS[file])
    assert changes(file, (ROOT / file).read_text(encoding="utf-8"))


def test_every_fault_that_may_live_can_still_be_made_and_has_a_reason() -> None:
    known = [json.loads(line) for line in KNOWN.read_text(encoding="utf-8").splitlines()]
    keys = {change.key for file in TESTS for change in changes(file, (ROOT / file).read_text(encoding="utf-8"))}
    gone = [one for one in known if (one["file"], one["where"], one["before"], one["after"]) not in keys]
    assert gone == []
    assert [one for one in known if not one["why"]] == []
