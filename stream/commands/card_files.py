"""A model card on disk: its text, and its plots beside it."""

from collections.abc import Callable, Mapping
from pathlib import Path

from models.risk.lab.figures import Graded, Plot, draw


def write_card_files(
    path: Path, text: Callable[[dict[str, str]], str], plots: Mapping[str, Plot[Graded]], graded: Mapping[str, Graded]
) -> None:
    """Draw each plot with a line for each of the graded forecasts; `text` gets the plots' files by name."""
    path.parent.mkdir(parents=True, exist_ok=True)
    files = {name: f"{path.stem}-{name}.png" for name in plots}
    for name, file in files.items():
        path.with_name(file).write_bytes(draw(plots[name], graded))
    path.write_text(text(files), encoding="utf-8")
