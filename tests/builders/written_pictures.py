"""Pictures with a line of text drawn into them."""

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

Picture = NDArray[np.float32]


def written_on(picture: Picture, text: str, at: tuple[int, int], size_px: int) -> Picture:
    image = Image.fromarray((picture * 255).astype(np.uint8))
    ImageDraw.Draw(image).text(at, text, fill=255, font=ImageFont.load_default(size_px))
    return np.asarray(image, dtype=np.float32) / np.float32(255)
