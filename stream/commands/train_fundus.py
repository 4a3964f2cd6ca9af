"""`wardwatch train lesion --set fundus`: fit the heads for photographs of the retina over a pretrained trunk."""

import logging
from contextlib import closing
from pathlib import Path

import numpy as np
import torch
from rich.console import Console

from models.fundus.field import Field
from models.fundus.lab.building import SIZE_PX, answers_of, build, cross_validate, folds_of
from models.fundus.lab.card import write_card
from models.fundus.lab.data import Photographs, read_photographs
from models.fundus.lab.features import Floats32, features_of
from models.fundus.lab.masks import pointing
from models.fundus.lab.trunk import pretrained_trunk
from models.fundus.model import FundusModel
from models.fundus.network import FundusNetwork
from models.fundus.shipped import NAME, SHIPPED
from stream.commands.bars import Bars

COMMAND = f"wardwatch train lesion --data DIR --set {NAME}"
THUMBNAIL_PX = 8


def train(data: Path, out: Path | None, checkpoints: Path, console: Console) -> None:
    """Train, cross-validate, write model and card. Raises DataError or ModelError.

    Features are kept below `checkpoints` as they come, so that a stopped run goes on; what happens is logged there.
    """
    kept = checkpoints / NAME
    kept.mkdir(parents=True, exist_ok=True)
    with closing(logging.FileHandler(kept / "training.log")) as handler:
        handler.setFormatter(logging.Formatter("%(asctime)s %(message)s"))
        log = logging.getLogger("wardwatch.train.fundus")
        log.setLevel(logging.INFO)
        log.addHandler(handler)
        try:
            _train(data, out or SHIPPED, kept, log, console)
        finally:
            log.removeHandler(handler)


def _train(data: Path, folder: Path, kept: Path, log: logging.Logger, console: Console) -> None:
    torch.set_num_threads(1)  # other sums, other last digits: the same weights on every machine
    photographs = read_photographs(data / NAME)
    answers = answers_of(photographs)
    network = FundusNetwork()
    network.trunk.load_state_dict(pretrained_trunk())
    network.eval().requires_grad_(requires_grad=False).to(memory_format=torch.channels_last)
    log.info("%d photographs, data version %s", len(photographs.files), photographs.fingerprint())
    with Bars(console) as bars:

        def tell(done: int, of: int) -> None:
            bars.show(f"{NAME}: features", done, of, "")
            if done % 20 == 0 or done == of:
                log.info("features of %d of %d", done, of)

        features = features_of(network, photographs, SIZE_PX, kept / "features.npz", tell)
    validated = cross_validate(features, answers, folds_of(photographs), _thumbnails(photographs))
    log.info("cross-validated; fitting on all")
    path = folder / f"{NAME}.safetensors"
    configuration = build(network, photographs, features, validated, path, COMMAND)
    maps = pointing(FundusModel(folder, "cpu"), data / NAME / "segmentation")
    write_card(configuration, validated.plain, maps, folder)
    figures = ", ".join(f"{name} {figure.value:.3f}" for name, figure in configuration.validation.items())
    log.info("written, version %s: %s", configuration.version, figures)
    console.print(f"{NAME}: {path.stat().st_size / 1e6:.1f} MB, {figures}")


def _thumbnails(photographs: Photographs) -> Floats32:
    """Return the fields of view at 8 x 8 px, [N, 192]."""
    numbers = range(len(photographs.files))
    return np.stack([Field(photographs.read(number)).square(THUMBNAIL_PX).flatten().numpy() for number in numbers])
