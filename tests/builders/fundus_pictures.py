"""Photographs of a retina, drawn here: an orange disc with vessels on black, and perhaps bright lesions."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image


def a_retina(
    seed: int = 0, *, height: int = 360, width: int = 480, across: int = 400, lesions: int = 0
) -> NDArray[np.float32]:
    """[H, W, 3], 0 to 1; the field of view is in the middle, cut off above and below."""
    chance = np.random.default_rng(seed)
    rows, columns = np.mgrid[:height, :width].astype(np.float32)
    down, aside = rows - height / 2, columns - width / 2
    inside = np.hypot(down, aside) <= across / 2
    tissue = 1 + 0.05 * chance.standard_normal((height, width)) - 0.3 * np.hypot(down, aside) / across
    for bend in chance.uniform(-0.004, 0.004, 6):
        tissue[np.abs(down - 40 * chance.uniform(-3, 3) - bend * aside**2) < 2] *= 0.6
    for row, column in chance.uniform(-across / 4, across / 4, (lesions, 2)):
        tissue[np.hypot(down - row, aside - column) <= 5] = 1.6
    colours = tissue[..., None] * np.array([0.62, 0.33, 0.12])
    return np.where(inside[..., None], colours, 0).clip(0, 1).astype(np.float32)


def a_folder_of_retinas(folder: Path, count: int, *, graded: bool = True) -> Path:
    """Photographs with more lesions the higher the grade, and their index."""
    (folder / "images").mkdir(parents=True)
    lines = ["file,dr_grade,dme_risk,group,note"]
    for number in range(count):
        grade = number % 5
        name = f"images/{number:03}.png"
        Image.fromarray((a_retina(number, lesions=8 * grade) * 255).astype(np.uint8)).save(folder / name)
        lines.append(f"{name},{grade},{int(grade > 2)},g{number},")
    if graded:
        (folder / "index.csv").write_text("\n".join(lines) + "\n")
    return folder
