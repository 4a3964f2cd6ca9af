"""Thousands of odd inputs through every door, and again those that once broke one. `make fuzz` sends millions.

Here they are made by chance, the same ones in every run, and without coverage: atheris, which guides the long run, has
no wheels for some machines.
"""

from collections.abc import Callable
from itertools import islice
from pathlib import Path
from typing import Final

import pytest

from tests.fuzz.doors import DOORS, Door, module_of
from tests.fuzz.measured import Measured, TooSlowError, kind_of
from tests.fuzz.mutation import inputs
from tests.fuzz.told import NAME, NameToldError, listening, nobody_named

FOUND: Final = Path(__file__).parent / "found"
BROKE: Final = sorted(FOUND.glob("*/*"))

pytestmark = pytest.mark.timeout(400)


@pytest.mark.parametrize("door", DOORS.values(), ids=DOORS)
def test_odd_inputs_become_a_record_a_refusal_or_a_dead_letter(door: Door) -> None:
    module = module_of(door)
    for data in islice(inputs(module.SEEDS, module.WORDS, door.most_bytes), door.smoke):
        module.one(data)


@pytest.mark.parametrize("door", DOORS.values(), ids=DOORS)
def test_every_door_says_what_must_hold(door: Door) -> None:
    module = module_of(door)
    assert module.one.__doc__
    assert len(module.one.__doc__.split(".")) > 2
    assert all(len(word) <= 64 for word in module.WORDS)  # libFuzzer takes no longer ones


@pytest.mark.parametrize("file", BROKE, ids=lambda file: f"{file.parent.name}-{file.name}")
def test_what_once_broke_a_door_goes_through(file: Path) -> None:
    module_of(DOORS[file.parent.name]).one(file.read_bytes())


def a_door(one: Callable[[bytes], None], folder: Path, **limits: float) -> Measured:
    return Measured(DOORS["letters"]._replace(**limits), one, folder, 10)  # type: ignore[arg-type]  # numbers all


def test_a_fault_is_kept_once_by_its_place_with_its_shortest_input_and_the_search_goes_on(tmp_path: Path) -> None:
    def one(data: bytes) -> None:
        if b"x" in data:
            raise LookupError(data)

    door = a_door(one, tmp_path)
    for data in (b"a", b"xxx", b"x", b"xx"):
        door(data)
    assert (door.figures["inputs"], door.figures["faults"]) == (4, 1)
    (kept,) = [file for file in tmp_path.glob("fault-*") if not file.suffix]
    assert kept.read_bytes() == b"x"
    assert "LookupError" in kept.with_suffix(".txt").read_text(encoding="utf-8")


def test_an_input_that_takes_too_much_processor_time_is_a_fault(tmp_path: Path) -> None:
    door = a_door(lambda _: None, tmp_path, limit_s=-1.0)
    door(b"slow")
    assert door.figures["faults"] == 1
    assert TooSlowError.__name__ in next(tmp_path.glob("fault-*.txt")).read_text(encoding="utf-8")


def test_a_planted_name_in_a_log_line_is_found() -> None:
    import structlog  # noqa: PLC0415 - as our modules log

    with pytest.raises(NameToldError), listening():
        structlog.get_logger().warning("said", of=NAME.upper())
    nobody_named(f"{NAME}1", "somebody")


def test_a_fault_is_told_by_its_class_and_our_last_place() -> None:
    with pytest.raises(ValueError, match="invalid literal") as fault:
        int("x")
    assert kind_of(fault.value).startswith("ValueError at test_doors.py:test_a_fault")


def test_chance_makes_the_same_inputs_in_every_run() -> None:
    once, again = (list(islice(inputs([b"seed"], [b"word"], 20), 50)) for _ in range(2))
    assert once == again
    assert len(set(once)) > 30
    assert all(len(data) <= 20 for data in once)
