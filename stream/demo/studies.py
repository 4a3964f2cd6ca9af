"""Simulated imaging studies of the demo's ward."""

from datetime import timedelta
from pathlib import Path
from typing import Final

from schemas.imaging import ImagingReady
from stream.feeds.images import Kind, simulated_study
from stream.feeds.simulate import Ward, pseudonym

# fmt: off
STUDIES: Final[tuple[tuple[int, float, Kind, bool], ...]] = (
    # bed  share of the stay  kind                 suspicious
    (6,    0.15,              "chest_xray",        False),
    (7,    0.35,              "breast_ultrasound", True),
    (4,    0.62,              "chest_xray",        True),
    (8,    0.80,              "breast_ultrasound", False),
)
# fmt: on


def studies(ward: Ward, folder: Path) -> list[ImagingReady]:
    """Write the pictures for those beds that the ward has; return their events. Raises OSError."""
    return [
        simulated_study(
            kind,
            suspicious=suspicious,
            seed=ward.seed + bed,
            folder=folder,
            patient=pseudonym(ward, bed),
            time=ward.start + timedelta(hours=ward.hours * share),
        )
        for bed, share, kind, suspicious in STUDIES
        if bed <= ward.patients
    ]
