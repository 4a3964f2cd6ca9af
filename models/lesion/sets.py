"""The image sets: for each the modality that its model may judge, its classes, and the recipe of its training."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from pydicom import uid

SHIPPED: Final = Path(__file__).parent / "weights"
"""The folder of the shipped models' files, one for each set."""


@dataclass(frozen=True)
class Recipe:
    """Hyperparameters; with the images they determine the result of training. All numbers are our own choice."""

    # Sides in px for test-time averaging, the finest first. Measured on held-out images, where
    # training had seen both sides: accuracy 0.961 to 0.972 (brain MRI), macro AUC 0.905 to 0.917 (breast ultrasound)
    sides_px: tuple[int, ...]
    stem_stride: int
    widths: tuple[int, ...]
    blocks: int
    epochs: int
    # Networks of the ensemble, each with its own seed; two and two share a held-out fold. Their file stays under 8 MB
    members: int
    # Until this share of the epochs each batch has one of these sides in px, then the finest: progressive
    # resizing saves most of the cost (Tan and Le 2021, arXiv 2104.00298). Tried on chest CT too, it took 0.03 from
    # the held-out macro AUC there. Two sides to the end were no better than the finest alone on breast ultrasound
    growth: tuple[tuple[float, tuple[int, ...]], ...]
    batch: int = 32
    rate: float = 3e-3  # AdamW, one cycle
    decay: float = 0.05
    mixup: float = 0.3  # both parameters of the Beta distribution
    dropout: float = 0.2
    starts_from: str | None = None  # another set, on whose images the network is pretrained

    @property
    def size_px(self) -> int:
        """Side in px of the finest squares."""
        return self.sides_px[0]


@dataclass(frozen=True)
class LesionSet:
    """One set of images and the questions that its model may answer."""

    name: str
    modality: tuple[str, ...]  # DICOM (0008,0060)
    sop_classes: tuple[str, ...]  # DICOM (0008,0016); as the modality stores its own pictures, no copies of them
    body_parts: tuple[str, ...]  # as `anatomy.py` names them; a header must name these and no others
    views: tuple[str, ...]  # as `view_of` names them; an image of another stated view is refused; () takes any
    classes: tuple[str, ...]  # in the order of the weights and of the labels of an npz
    normal: str  # the class without a lesion
    suspicious: tuple[str, ...]  # classes that call for attention; a benign lesion does not
    caution: str  # the card's note on the images, from looking at them or from their authors
    recipe: Recipe
    ages_years: tuple[float, float] = (0, 200)  # from, and below; an age that is stated must lie between
    ages: str = "any age"  # the same for readers
    colour: bool = False  # may a picture have three samples a pixel?
    slices: bool = False  # of one volume, so that a study is judged as a whole; see `study.py`
    trunk: Recipe | None = None  # recipe of the pretraining where recipe.starts_from names a set

    def shows(self, view: str | None) -> bool:
        """Return whether the set's images show this view; True where the header states none (see the outlier check)."""
        return view is None or not self.views or view in self.views


# A small network for brain MRI: pretraining for the scarce sets. Tried in the shape and from the weights of the larger
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
            sop_classes=(uid.MRImageStorage, uid.EnhancedMRImageStorage, uid.LegacyConvertedEnhancedMRImageStorage),
            body_parts=("BRAIN", "HEAD"),
            views=("AXIAL", "CORONAL", "SAGITTAL"),  # the images show all three
            slices=True,
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
            sop_classes=(uid.CTImageStorage, uid.EnhancedCTImageStorage, uid.LegacyConvertedEnhancedCTImageStorage),
            body_parts=("CHEST", "LUNG", "THORAX"),
            views=("AXIAL",),
            slices=True,
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
            sop_classes=(
                uid.UltrasoundImageStorage,
                uid.UltrasoundMultiFrameImageStorage,
                "1.2.840.10008.5.1.4.1.1.6",  # both as they were before 1993, retired
                "1.2.840.10008.5.1.4.1.1.3",
            ),
            body_parts=("BREAST",),
            views=(),  # ultrasound has no planes of its own
            ages_years=(18, 200),  # women of 25 to 75: Al-Dhabyani et al. 2020, doi 10.1016/j.dib.2019.104863
            ages="18 years and more",
            colour=True,  # grey pictures are often stored so
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
            sop_classes=(uid.DigitalXRayImageStorageForPresentation, uid.ComputedRadiographyImageStorage),
            body_parts=("CHEST", "THORAX", "LUNG"),
            views=("AP",),  # of children; Kermany et al., Cell 2018, doi 10.1016/j.cell.2018.02.010
            ages_years=(1, 6),  # the same source
            ages="one to five years",
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
