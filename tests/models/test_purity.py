"""What a worker runs of `models` reads neither clock nor network, draws no chance of its own, and no file but weights.

The rooms where models are trained, evaluated and drawn (every `lab`, and the generator) read and write files.
"""

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

ROOT: Final = Path(__file__).parents[2]
ROOMS_OF_THE_LAB: Final = ("lab", "generator")

MODULES: Final = re.compile(
    r"aiohttp|asyncio|glob|https?|httpx|importlib|multiprocessing|os|random|requests|secrets|shutil|socket|ssl|subprocess"
    r"|tempfile|threading|time|urllib"
)
CALLS: Final = re.compile(
    r"now|today|utcnow|uuid1|uuid4|perf_counter|monotonic|process_time|time_ns"  # clocks
    r"|open|(read|write)_(text|bytes)|mkdir|rmdir|unlink|touch|rename|exists|is_file|is_dir|stat|iterdir|r?glob|resolve"
    r"|safe_open|save_file|load_file|imread|imsave|savefig|read_csv|to_csv|read_parquet|(np|numpy|torch)\.(load|save)"
    r"|rand(n|int|perm)?(_like)?|bernoulli|multinomial|normal_|shuffle"  # chance without a generator of its own
)
STREAMS: Final = {"dcmread": "BytesIO", "save_as": "out"}  # of pydicom: what is read and written must lie in memory

DOORS: Final = {
    # Weights are read when a model is loaded, and written with their manifest, by these two.
    "models/weights_file.py": {"exists", "glob", "mkdir", "read_bytes", "write_bytes"},
    "models/weights_manifest.py": {"exists", "read_bytes", "write_text"},
    "models/risk/checkpoint.py": {"read_bytes", "read_text"},
    "models/risk/deterioration/weights.py": {"read_bytes"},
    "models/fundus/plain.py": {"open"},  # Pillow's word for reading bytes that are there
    "models/lesion/weights.py": {"glob"},
    # The tables of alleles are read once, each where its gene is first asked for.
    "models/genotype/definitions.py": {"read_text"},
    # CPIC's table is read once, at import.
    "models/treatment/table.py": {"read_text"},
    # Every output names the version of Wardwatch, which is asked of the installed package once, at import.
    "models/watch/outputs.py": {"importlib"},
}


def sources() -> list[Path]:
    """Every file of `models` that is no part of a lab."""
    return [path for path in (ROOT / "models").rglob("*.py") if not set(ROOMS_OF_THE_LAB) & set(path.parts)]


def impure(source: str) -> Iterator[str]:
    """What a file imports or calls that reaches beyond its arguments."""
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Import(names=names):
                roots = [alias.name.partition(".")[0] for alias in names]
            case ast.ImportFrom(module=str(module), level=0):
                roots = [module.partition(".")[0]]
            case ast.Call():
                yield from _called(node)
                continue
            case _:
                continue
        yield from (root for root in roots if MODULES.fullmatch(root))


def _called(call: ast.Call) -> Iterator[str]:
    full = ast.unparse(call.func)
    name, first = full.rpartition(".")[2], ast.unparse(call.args[0]) if call.args else ""
    unseeded = name == "default_rng" and not first
    if CALLS.fullmatch(name) or unseeded or (name in STREAMS and not first.startswith(STREAMS[name])):
        yield name
    elif CALLS.fullmatch(full):
        yield full


def test_models_reach_beyond_their_arguments_by_named_doors_alone() -> None:
    found = {str(path.relative_to(ROOT)): set(impure(path.read_text(encoding="utf-8"))) for path in sources()}
    assert {name: reached for name, reached in found.items() if reached} == DOORS


@pytest.mark.parametrize(
    ("line", "reached"),
    [
        ("import time", "time"),
        ("from time import monotonic", "time"),
        ("import urllib.request", "urllib"),
        ("stamp = datetime.now(UTC)", "now"),
        ("stamp = datetime.datetime.utcnow()", "utcnow"),
        ("name = uuid4()", "uuid4"),
        ("with open(name) as file: pass", "open"),
        ("text = Path(name).read_text()", "read_text"),
        ("weights = torch.load(name)", "torch.load"),
        ("table = np.load(name)", "np.load"),
        ("header = dcmread(name)", "dcmread"),
        ("chance = np.random.default_rng()", "default_rng"),
        ("noise = torch.randn(3)", "randn"),
    ],
)
def test_a_door_that_is_not_named_is_found(line: str, reached: str) -> None:
    assert reached in set(impure(line))


@pytest.mark.parametrize(
    "line",
    [
        "moment = datetime.fromtimestamp(time_s, UTC)",
        "header = dcmread(BytesIO(data))",
        "model = RiskModel.load(folder)",
    ],
)
def test_what_stays_with_its_arguments_is_no_door(line: str) -> None:
    assert set(impure(line)) == set()
