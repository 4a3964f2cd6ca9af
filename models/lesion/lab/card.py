"""The model card of a lesion model, written from its configuration and its evidence.

Nothing in it is written by hand except the notes on the images, which stand with their set in `sets`.
"""

from pathlib import Path
from typing import Final

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure as Drawing
from sklearn.metrics import roc_curve

from models.lesion.lab.calibration import BINS
from models.lesion.lab.evidence import Evidence
from models.lesion.lab.faithfulness import DELETED
from models.lesion.model import LesionModel
from models.lesion.sets import SETS
from models.lesion.weights import Configuration

VIEW_NAMES: Final = {
    "border": "only the border",
    "grey_levels": "only the grey-level histogram",
    "thumbnail": "only 8 x 8 px",
}
CLOSE: Final = 0.05  # difference of macro AUC between network and a baseline under which the card warns; our choice


def write_card(model: LesionModel, evidence: Evidence, folder: Path) -> Path:
    """Write NAME.md and its plot NAME.png to the folder; return the card's path."""
    _plot(model, evidence, folder / f"{model.name}.png")
    path = folder / f"{model.name}.md"
    path.write_text(card(model.configuration, evidence))
    return path


def card(configuration: Configuration, evidence: Evidence) -> str:
    """Return the card: purpose, training, performance, and what speaks against that figure."""
    c, shape, f = configuration, configuration.shape, evidence.faithfulness
    of = ", ".join(f"{name} {count}" for name, count in c.images_by_class.items())
    lines = [
        f"# Lesion model `{c.name}`, version {c.version}",
        "",
        "**Not for clinical use.** A research model that proposes a preliminary finding for a radiologist to check.",
        "",
        (
            f"- **Speaks about:** modality {' or '.join(c.modality)}, body part {' or '.join(c.body_parts)},"
            f" {' or '.join(SETS[c.name].views) or 'any'} view; classes {', '.join(c.classes)}."
            f" Calls for attention: {', '.join(c.suspicious)}."
        ),
        (
            f"- **Trained on:** {of} images (all folds; data version {c.data_version}). No patient ids exist beyond"
            " groups of near-duplicates, so every figure below is optimistic."
        ),
        (
            f"- **Network:** {c.members} residual network(s) of {len(shape.widths)} stages, widths"
            f" {', '.join(map(str, shape.widths))}; each image is judged at {' and '.join(map(str, c.sides_px))} px, as"
            " it lies and mirrored, standardised by itself."
        ),
        f"- **Recipe:** {', '.join(f'{key} {value}' for key, value in c.recipe.items())}.",
        f"- **Made by:** `{c.command}` (seeded; {c.minutes:.0f} minutes of one processor)",
        "",
        f"## On {evidence.images} images of groups that no weight, scale or threshold was fitted to",
        "",
        "| figure | value | 95 % interval (bootstrap by group) |",
        "|---|---|---|",
        *(
            f"| {name.replace('_', ' ')} | {_number(x.value)} | {_number(x.low)} to {_number(x.high)} |"
            for name, x in evidence.figures.items()
        ),
        "",
        (
            f"Sensitivity and specificity are those of the suspicious classes together at the shipped threshold"
            f" {c.threshold:.3f}. It abstains where the conformal set (error {c.conformal_error}) does not hold exactly"
            " one class, and where it refuses."
        ),
        "",
        (
            f"A second estimate: on {c.held_out.images} images by those members alone that held them out, at most two"
            f" for each (the scale was fitted there): macro AUC {c.held_out.auc_macro:.3f}, accuracy"
            f" {c.held_out.accuracy:.3f}."
        ),
        "",
        f"![ROC, reliability, and accuracy against abstention]({c.name}.png)",
        "",
        "## What speaks against the headline",
        "",
        SETS[c.name].caution,
        "",
        "| what sees no lesion | macro AUC |",
        "|---|---|",
        *(f"| {VIEW_NAMES[name]} | {value:.3f} |" for name, value in evidence.baselines.items()),
        f"| **the network** | **{evidence.figures['auc_macro'].value:.3f}** |",
        "",
        _confound_sentence(evidence),
        (
            f"Of the test images {evidence.near_copies:.1%} look like a training image all the same; without them the"
            f" macro AUC is {evidence.macro_without_copies:.3f}."
        ),
        "",
        "## Does the saliency map show what it uses?",
        "",
        (
            f"Blurring the most salient {DELETED:.0%} of an image with a lesion takes {f.lost:.3f} from the probability"
            f" of its class; blurring as much by another image's map takes {f.lost_elsewhere:.3f}. Correlation with"
            f" the maps of random weights: {f.like_untrained:.3f}."
        ),
        "",
        "## Does it know what is not its own?",
        "",
        f"Own test images accepted: {1 - evidence.figures['refused'].value:.1%}.",
        "",
        "| foreign images | AUROC of the outlier distance | refused |",
        "|---|---|---|",
        *(f"| {name} | {x.separation:.3f} | {x.refused:.1%} |" for name, x in evidence.foreign.items()),
        "",
    ]
    return "\n".join(lines)


def _confound_sentence(evidence: Evidence) -> str:
    best = max(evidence.baselines, key=lambda name: evidence.baselines[name])
    gap = evidence.figures["auc_macro"].value - evidence.baselines[best]
    if gap < CLOSE:
        return (
            f"A linear model that sees {VIEW_NAMES[best]} comes within {max(gap, 0):.3f} of the network: the classes"
            " differ by source or overall look, and the headline does not show that lesions are read."
        )
    return (
        f"The best of these ({VIEW_NAMES[best]}) stays {gap:.3f} below the network; that part of the headline needs"
        " detail from inside the image, the rest does not."
    )


def _number(value: float) -> str:
    return "not defined" if np.isnan(value) else f"{value:.3f}"


def _plot(model: LesionModel, evidence: Evidence, path: Path) -> None:
    drawing = Drawing(figsize=(12, 3.8), layout="constrained")
    FigureCanvasAgg(drawing)
    roc, reliability, risk = drawing.subplots(1, 3)
    probabilities, targets = evidence.judged.probabilities, evidence.targets
    for number, name in enumerate(model.classes):
        false_rate, true_rate, _ = roc_curve(targets == number, probabilities[:, number])
        roc.plot(false_rate, true_rate, label=name)
    roc.set(xlabel="false positive rate", ylabel="true positive rate", title="each class against the rest")
    roc.legend(fontsize="small", loc="lower right")

    confidence, right = probabilities.max(axis=1), probabilities.argmax(axis=1) == targets
    bins = np.minimum((confidence * BINS).astype(int), BINS - 1)
    filled = [number for number in range(BINS) if (bins == number).any()]
    reliability.plot([0, 1], [0, 1], color="grey", linewidth=0.8)
    reliability.plot(
        [confidence[bins == number].mean() for number in filled],
        [right[bins == number].mean() for number in filled],
        marker="o",
    )
    reliability.set(xlabel="probability given", ylabel="share that was right", title="reliability", xlim=(0, 1))

    order = np.argsort(-confidence)
    spoken = np.arange(1, len(order) + 1)
    risk.plot(1 - spoken / len(order), np.cumsum(right[order]) / spoken)
    risk.set(xlabel="share abstained on, least sure first", ylabel="accuracy on the rest", title="abstention")
    drawing.savefig(path, dpi=70)
