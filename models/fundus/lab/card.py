"""The card of the model for photographs of the retina, written from its configuration and measurements."""

from pathlib import Path

from models.fundus.lab.masks import Pointing
from models.fundus.shipped import NAME
from models.fundus.weights import FundusConfiguration


def write_card(known: FundusConfiguration, plain: dict[str, float], maps: Pointing | None, folder: Path) -> Path:
    """Write the card to the folder; return its path."""
    path = folder / f"{NAME}.md"
    path.write_text(card(known, plain, maps))
    return path


def card(known: FundusConfiguration, plain: dict[str, float], maps: Pointing | None) -> str:
    """Return the card: purpose, training, performance, and what speaks against that figure."""
    grades = ", ".join(f"grade {grade} {count}" for grade, count in enumerate(known.images_by_grade))
    lines = [
        f"# Lesion model `{NAME}`, version {known.version}",
        "",
        "**Not for clinical use.** A research model; what it finds is preliminary, for an ophthalmologist to check.",
        "",
        (
            "- **Speaks about:** colour photographs of the retina; grades 0 to 4 of diabetic retinopathy on the"
            " International Clinical scale, referable retinopathy (grade 2 or more), macular oedema (risk 1 or 2)."
        ),
        (
            f"- **Trained on:** {grades} (data version {known.data_version}): the training part of IDRiD (Porwal et"
            " al., Data 2018, doi 10.3390/data3030025, CC BY 4.0), 640 px wide. One camera, one clinic, no patient"
            " ids: both eyes of a patient may lie in different folds, which makes every figure below optimistic."
        ),
        (
            f"- **Network:** {known.trunk}; frozen. Over mean, deviation and maximum of the channels of its stages 3 to"
            f" 7, at {known.size_px} px across the field of view, of the photograph and its mirror image, a logistic"
            f" regression for each of four thresholds of the grade and for oedema (L2, C = {known.penalty})."
        ),
        f"- **Made by:** `{known.command}` (seeded, on one processor)",
        "",
        (
            "## Cross-validated: heads, calibration and outlier check of each of ten folds were fitted without it, and"
            " near duplicates share a fold"
        ),
        "",
        "| figure | value | 95 % interval (bootstrap by group) |",
        "|---|---|---|",
        *(
            f"| {name.replace('_', ' ')} | {x.value:.3f} | {x.low:.3f} to {x.high:.3f} |"
            for name, x in known.validation.items()
        ),
        "",
        (
            "Sensitivity and specificity are those at the shipped thresholds, referable"
            f" {known.referable_threshold:.3f} and oedema {known.oedema_threshold:.3f}, which were chosen on the same"
            " photographs. The grade is the mean of the five by their probabilities, rounded. It"
            f" abstains where the conformal set (error {known.conformal_error}) does not hold exactly one of referable"
            " and not, and where it refuses."
        ),
        "",
        "## What speaks against the headline",
        "",
        (
            f"Grade 1 has {known.images_by_grade[1]} photographs. Pairs of the same picture with different grades are"
            " in the set. Two of the penalties and some choices of stages were compared on the same folds."
        ),
        "",
        "| what sees no lesion | AUC of referable retinopathy |",
        "|---|---|",
        *(f"| {name} | {value:.3f} |" for name, value in plain.items()),
        f"| **the network** | **{known.validation['auc_referable'].value:.3f}** |",
        "",
        "## Does the saliency map point at lesions?",
        "",
        _maps_sentence(maps),
        "",
    ]
    return "\n".join(lines)


def _maps_sentence(maps: Pointing | None) -> str:
    if maps is None:
        return "Not measured: no photographs with outlined lesions lay beside the training set."
    return (
        f"On {maps.photographs} photographs with outlined lesions (some may be of the training set, whose outlines it"
        f" never saw): {maps.mass_inside:.1%} of the map's mass lies on lesions or next to them, where"
        f" {maps.mass_by_chance:.1%} of the field of view does; the strongest place is such a one in {maps.hits:.1%} of"
        f" the photographs, by chance in {maps.hits_by_chance:.1%}. The kind of map was chosen on these same"
        " photographs, which makes the figures optimistic."
    )
