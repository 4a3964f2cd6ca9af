"""Says at the end of a test run what it leaves out."""

import pytest


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    terminalreporter.write_line("fuzz: inputs were made by chance; `make fuzz` makes more, guided by coverage")
