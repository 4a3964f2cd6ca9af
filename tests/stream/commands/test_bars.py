"""Long work shows how far it has come: bars where somebody watches, a few lines in a file."""

from io import StringIO

from rich.console import Console

from stream.commands.bars import LINES, Bars


def a_console(*, terminal: bool) -> Console:
    return Console(file=StringIO(), force_terminal=terminal, width=100)


def written(console: Console) -> str:
    assert isinstance(console.file, StringIO)
    return console.file.getvalue()


def test_a_file_gets_lines_as_the_work_goes_on() -> None:
    console = a_console(terminal=False)
    with Bars(console) as bars:
        bars.show("student 1", 1, 2, "loss 0.5")
        assert written(console) == "student 1: loss 0.5, 1 of 2\n"
        bars.show("student 1", 2, 2)
    assert written(console).splitlines()[1:] == ["student 1, 2 of 2"]


def test_a_file_is_not_flooded_and_hears_of_each_stage_s_end() -> None:
    console = a_console(terminal=False)
    with Bars(console) as bars:
        for stage in ("features", "trees"):
            for done in range(1, 1001):
                bars.show(stage, done, 1000)
    lines = written(console).splitlines()
    assert len(lines) == 2 * LINES
    assert lines[LINES - 1] == "features, 1000 of 1000"
    assert lines[-1] == "trees, 1000 of 1000"


def test_a_stage_that_has_nothing_to_do_is_told_as_done() -> None:
    console = a_console(terminal=False)
    with Bars(console) as bars:
        bars.show("ranks", 0, 0)
    assert written(console) == "ranks, 0 of 0\n"


def test_a_terminal_gets_one_bar_for_each_stage() -> None:
    console = a_console(terminal=True)
    with Bars(console) as bars:
        bars.show("features", 2, 4, "[stays]")
        bars.show("trees", 1, 3)
        bars.show("features", 3, 4)
    features, trees = [line for line in written(console).splitlines() if "/" in line][-2:]
    assert "features" in features
    assert "3/4" in features
    assert "trees" in trees
    assert "1/3" in trees
