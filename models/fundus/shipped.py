"""Where the shipped model lies. Apart from the weights' reader, so that a worker can name it without torch."""

from pathlib import Path
from typing import Final

NAME: Final = "fundus"
SHIPPED: Final = Path(__file__).parent / "weights"
"""The folder of the shipped model's file and card."""
