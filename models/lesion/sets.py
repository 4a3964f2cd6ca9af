"""What each image set is: the modality it may speak for, the classes that matter, and the recipe that trains it."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

SHIPPED: Final = Path(__file__).parent / "weights"
"""The folder of the shipped models' files, one for each set."""


@dataclass(frozen=True)
class Recipe:
    """Everything that decides what training gives, besides the images. All numbers are our own choice."""

    # Sides in px at which an image is judged, the finest first; the mean counts. Measured on held-out images, where
    # training had seen both sides: accuracy 0.961 to 0.972 (brain MRI), macro AUC 0.905 to 0.917 (breast ultrasound)
    sides_px: tuple[int, ...]
    stem_stride: int
    widths: tuple[int, ...]
    blocks: int
    epochs: int
    # Networks of the ensemble, each with its own seed; two and two share a held-out fold. Their file stays under 8 MB
    members: int
    # Until this share of the epochs each batch draws one of these sides in px, then the finest: small images teach
    # the coarse at a fraction of the cost (Tan and Le 2021, arXiv 2104.00298). Tried on chest CT too, it took 0.03 from
    # the held-out macro AUC there. Two sides to the end were no better than the finest alone on breast ultrasound
    growth: tuple[tuple[float, tuple[int, ...]], ...]
    batch: int = 32
    rate: float = 3e-3  # AdamW, one cycle
    decay: float = 0.05
    mixup: float = 0.3  # both parameters of the Beta distribution
    dropout: float = 0.2
    starts_from: str | None = None  # another set, on whose images the first guess is taught

    @property
    def size_px(self) -> int:
        """Side in px of the finest squares."""
        return self.sides_px[0]


@dataclass(frozen=True)
class LesionSet:
    """One set of images and the questions that a model of it may answer."""

    name: str
    modality: tuple[str, ...]  # DICOM (0008,0060)
    body_parts: tuple[str, ...]  # DICOM (0018,0015); an empty one in the header is not enough to speak
    views: tuple[str, ...]  # as `view_of` names them; another one that a header states is refused; () takes any
    classes: tuple[str, ...]  # in the order of the weights; an npz counts its labels in this order
    normal: str  # the class without a lesion
    suspicious: tuple[str, ...]  # what calls for attention; a benign lesion does not
    caution: str  # for the card: what one has to know of the images, as looking at them or their authors tell
    recipe: Recipe
    trunk: Recipe | None = None  # teaches the first guess where recipe.starts_from names a set

    def shows(self, view: str | None) -> bool:
        """Whether its images show this view; where a header states none, the outlier check has to tell."""
        return view is None or not self.views or view in self.views


# A small network for brain MRI: what the scarce sets start from. Tried in the shape and from the weights of the larger
# one that ships, they did no better on what they held out, at over twice the cost: macro AUC 0.901 against 0.905 for
# three networks of breast ultrasound, 0.982 against 0.986 for one of chest CT
_SMALL: Final = Recipe(
    sides_px=(128,),
    stem_stride=4,
    widths=(32, 64, 128, 192),
    blocks=1,
    epochs=30,
    members=1,
    growth=((0.3, (64,)), (0.8, (96,))),
)

SETS: Final[dict[str, LesionSet]] = {
    known.name: known
    for known in (
        LesionSet(
            name="brain_mri",
            modality=("MR",),
            body_parts=("BRAIN", "HEAD"),
            views=("AXIAL", "CORONAL", "SAGITTAL"),  # the images show all three
            classes=("glioma", "meningioma", "no_tumour", "pituitary"),
            normal="no_tumour",
            suspicious=("glioma", "meningioma", "pituitary"),
            caution="Most images without a tumour come from other sources than those with one: other sequences, and"
            " some are CT. That the two part so cleanly tells of the source as well as of the tumour.",
            recipe=Recipe(
                sides_px=(128, 96),
                stem_stride=2,
                widths=(16, 32, 64, 128, 128),
                blocks=2,
                epochs=64,
                members=2,
                growth=((0.35, (64,)), (1.0, (128, 96))),
            ),
        ),
        LesionSet(
            name="chest_ct",
            modality=("CT",),
            body_parts=("CHEST", "LUNG", "THORAX"),
            views=("AXIAL",),
            classes=("adenocarcinoma", "large_cell_carcinoma", "normal", "squamous_cell_carcinoma"),
            normal="normal",
            suspicious=("adenocarcinoma", "large_cell_carcinoma", "squamous_cell_carcinoma"),
            caution="These are pictures, not stored CT values. Whoever published them chose the window, and that of"
            " most normal slices is brighter than that of most slices with cancer; a file read here has its own.",
            recipe=Recipe(
                sides_px=(128,),
                stem_stride=4,
                widths=(32, 64, 128, 192),
                blocks=1,
                epochs=120,
                members=3,
                growth=(),
                batch=16,
                rate=2e-3,
                starts_from="brain_mri",
            ),
            trunk=_SMALL,
        ),
        LesionSet(
            name="breast_ultrasound",
            modality=("US",),
            body_parts=("BREAST",),
            views=(),  # ultrasound has no planes of its own
            classes=("benign", "malignant", "normal"),
            normal="normal",
            suspicious=("malignant",),
            caution="Some images carry the callipers and marks of who measured the lesion. Duplicates and doubtful"
            " labels among them are known: Pawłowska et al., Data in Brief 2023, doi 10.1016/j.dib.2023.109247.",
            recipe=Recipe(
                sides_px=(128, 96),
                stem_stride=4,
                widths=(32, 64, 128, 192),
                blocks=1,
                # Twice as many: log loss 0.55 against 0.52 on held-out images, macro AUC 0.912 against 0.914
                epochs=60,
                members=4,
                growth=((0.5, (96,)),),
                batch=16,
                rate=2e-3,
                starts_from="brain_mri",
            ),
            trunk=_SMALL,
        ),
        LesionSet(
            name="chest_xray",
            modality=("DX", "CR"),
            body_parts=("CHEST",),
            views=("AP",),  # of children; Kermany et al., Cell 2018, doi 10.1016/j.cell.2018.02.010
            classes=("normal", "pneumonia"),
            normal="normal",
            suspicious=("pneumonia",),
            caution="The films are of children of one to five years from one hospital, and 28 px wide: an adult's film"
            " is none of its kind, and no fine sign can be seen.",
            recipe=Recipe(
                sides_px=(28,),
                stem_stride=1,
                widths=(24, 48, 96),
                blocks=2,
                epochs=16,
                members=3,
                growth=(),
            ),
        ),
    )
}


def choose(modality: str | None, body_part: str | None) -> str | None:
    """Name the set whose model may speak about such an image; None when none may, or when the header is silent."""
    if modality is None or body_part is None:
        return None
    for known in SETS.values():
        if modality.strip().upper() in known.modality and body_part.strip().upper() in known.body_parts:
            return known.name
    return None
