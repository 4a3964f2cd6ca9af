# ruff: noqa: INP001 - a script of deploy/Dockerfile, no part of a package
"""Remove what a CUDA build of torch brings for GPUs alone, from the environment that runs this.

The ordinary package index has the CUDA build of torch only, and that needs some of the CUDA libraries to start at all,
GPU or not. Which ones, is found by looking: what a process that computes with torch has loaded stays. In a CPU build of
torch there is nothing to remove.
"""

import shutil
from pathlib import Path

import torch

SITE = Path(torch.__file__).resolve().parents[1]


def loaded() -> set[Path]:
    """The files that this process has mapped, after torch has computed what our models compute."""
    torch.nn.LSTM(2, 2)(torch.zeros(3, 1, 2))[0].sum().backward()
    torch.nn.Conv2d(1, 1, 3)(torch.zeros(1, 1, 4, 4)).sum().backward()
    maps = Path("/proc/self/maps").read_text(encoding="utf-8")
    return {Path(line.split()[-1]) for line in maps.splitlines() if "/" in line}


needed = loaded()
for path in (SITE / "nvidia").rglob("*"):
    if path.is_file() and path not in needed:
        path.unlink()
for path in SITE.glob("triton*"):  # a compiler for GPUs, and its entry in the bill of materials
    shutil.rmtree(path)
