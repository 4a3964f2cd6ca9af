"""The model card of the generators and the enhancer, written from the evidence alone."""

from collections.abc import Mapping
from pathlib import Path
from typing import Final

import numpy as np
import torch
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure as Drawing
from torch import Tensor

from models.generator.damage import KINDS
from models.generator.evidence import Evidence
from models.generator.flow import GUIDANCE, STEPS
from models.generator.material import CLASSES, SET, SHARES
from models.generator.measures import COMPONENTS
from models.generator.recipes import Drawn
from models.generator.restoration import LEARNT
from models.generator.scarcity import Gain
from models.lesion.weights import Figure

SHOWN: Final = 8  # generated images of each class: the first ones, not a selection


def write_card(evidence: Evidence, drawn: Mapping[int, Drawn], folder: Path) -> Path:
    """Write the card, its plot and a grid of generated images to the folder; return the card's path."""
    folder.mkdir(parents=True, exist_ok=True)
    _plot(evidence, folder / "generator.png")
    _grid(drawn[max(SHARES)].squares, folder / "generated.png")
    path = folder / "generator.md"
    path.write_text(card(evidence), encoding="utf-8")
    return path


def card(evidence: Evidence) -> str:
    """Return the card: how the networks were trained, image quality, whether it helps, what the enhancer repairs."""
    whole = evidence.generators[max(SHARES)]
    held = ", ".join(f"{name} {count}" for name, count in evidence.held_out.items())
    return "\n".join(
        [
            "# Generated breast ultrasound, and enhancement",
            "",
            "**Not for clinical use.** An experiment: can drawn images stand in for patients who are too few?",
            "",
            (
                f"- **Generator:** flow matching with a small U-Net (stages {_list(whole.shape.widths)}),"
                f" {whole.size_px} px, drawn in {STEPS} Heun steps with guidance {GUIDANCE} towards the class."
            ),
            (
                "- **Taught:** one generator for each share of the training images, on that share alone: "
                + "; ".join(f"{p} %: {c.images} images, version {c.version}" for p, c in evidence.generators.items())
                + f"; data version {whole.data_version}."
            ),
            (
                f"- **Judged on:** {sum(evidence.held_out.values())} images ({held}) of the first three of the lesion"
                " models' ten folds, whole groups, to which nothing was fitted. Intervals are 95 %, by group."
            ),
            (
                "- **Made by:** `wardwatch train generator --data DIR`, `wardwatch evaluate generator --data DIR`."
                " No number of the recipes was tuned on the held-out images."
            ),
            "",
            "## Do they help?",
            "",
            *_gains(evidence),
            "",
            "## Are they like real images?",
            "",
            *_worth(evidence),
            "",
            "## Are they copies?",
            "",
            *_memory(evidence),
            "",
            (
                f"![The first {SHOWN} images that the generator of {max(SHARES)} % drew of each class:"
                f" {_list(CLASSES)}](generated.png)"
            ),
            "",
            "## Enhancement",
            "",
            *_enhancement(evidence),
            "",
        ]
    )


def _gains(evidence: Evidence) -> list[str]:
    rows = [
        f"| {percent} % ({evidence.generators[percent].images}) | {name} | {_span(g.plain)} | {_span(g.generated)} |"
        f" {_span(g.gain, signed=True)} | {', '.join(f'{x:+.3f}' for x in g.gain_by_seed)} |"
        for percent, measures in evidence.gains.items()
        for name, g in measures.items()
    ]
    return [
        (
            f"Small residual networks at 64 px, {evidence.seeds} seeds each, equal steps and batches, the usual"
            f" variation in both arms. With: half of each batch comes from {evidence.drawn_of_each} generated images a"
            " class, in the classes that real ones would have had."
        ),
        "",
        "| share (images) | measure | without | with | gain | gain by seed |",
        "|---|---|---|---|---|---|",
        *rows,
        "",
        verdict(evidence.gains),
        "",
        "![AUC by share, without and with generated images; PSNR of the enhancer](generator.png)",
    ]


def verdict(gains: Mapping[int, Mapping[str, Gain]]) -> str:
    """State where generated images help (interval of the gain above 0) and what follows for the lesion models."""
    helped = [f"{name} at {p} %" for p, by_name in gains.items() for name, g in by_name.items() if g.gain.low > 0]
    harmed = [f"{name} at {p} %" for p, by_name in gains.items() for name, g in by_name.items() if g.gain.high < 0]
    whole = any(g.gain.low > 0 for g in gains[max(gains)].values())
    return " ".join(
        [
            f"**They help** ({'; '.join(helped)}): there the interval of the gain lies above 0."
            if helped
            else "**No gain is shown**: no interval lies above 0.",
            *([f"They harm: {'; '.join(harmed)}."] if harmed else []),
            "With all images, which is what the lesion models have, they help too: those could be trained with them."
            if whole
            else "With all images, which is what the lesion models have, no gain is shown: so those are trained without"
            " them, and no generator ships.",
        ]
    )


def _worth(evidence: Evidence) -> list[str]:
    lines = []
    for space, worth in evidence.worth.items():
        lines += [
            (
                f"In the activations of the lesion model `{space}` (version {evidence.spaces[space]}), which"
                f" {'learnt from some of the held-out images' if space == SET else 'never saw an ultrasound image'};"
                " each scaled to its deviation over real training images. No pretrained Inception network is at hand:"
                " these distances compare with each other and with nothing published."
            ),
            "",
            f"| images against held-out ones | KID | FID ({COMPONENTS} components) | precision | recall | spread |",
            "|---|---|---|---|---|---|",
            *(
                f"| {name} | {_span(x.kernel)} | {x.frechet:.1f} | {x.precision:.2f} | {x.recall:.2f} |"
                f" {x.spread:.2f} |"
                for name, x in worth.items()
            ),
            "",
        ]
    named = evidence.consistency
    return [
        *lines,
        (
            "The first row is what a perfect generator would reach. Spread is the mean distance of two images over that"
            " of the held-out ones."
        ),
        (
            "Classes: the classifiers that saw all real training images and no other name the class of held-out real"
            f" images rightly in {named.held_out:.0%}, that which was asked for in "
            + ", ".join(f"{share:.0%} ({percent} %)" for percent, share in named.drawn.items())
            + "."
        ),
    ]


def _memory(evidence: Evidence) -> list[str]:
    return [
        (
            "Highest correlation of an image at 32 px with any training image of that share or its mirror image."
            " Nearer: how often a drawn image lies nearer than a held-out real one (0.5: no more than unseen patients)."
        ),
        "",
        "| share | drawn, median | held out, median | nearer | near copies | of the held-out |",
        "|---|---|---|---|---|---|",
        *(
            f"| {percent} % | {m.drawn:.3f} | {m.held_out:.3f} | {_span(m.nearer)} | {m.copies:.1%} |"
            f" {m.copies_held_out:.1%} |"
            for percent, m in evidence.memory.items()
        ),
    ]


def _enhancement(evidence: Evidence) -> list[str]:
    e = evidence.enhancer
    lines = [
        (
            f"One residual U-Net (stages {_list(e.shape.widths)}, version {e.version}) for both kinds of damage, taught"
            f" {e.images} images, judged on the held-out ones at {e.size_px} px."
        ),
        "",
        "| damage | repaired by | PSNR, dB | SSIM | won by the enhancer, dB |",
        "|---|---|---|---|---|",
    ]
    for kind, ways in evidence.repairs.items():
        lines += [
            f"| {kind.replace('_', ' ')} | {way} | {_span(x.psnr_db, 2)} | {_span(x.ssim)} |"
            + (" |" if way == LEARNT else f" {_span(x.psnr_won_db, 2, signed=True)} |")
            for way, x in ways.items()
        ]
    lines += [
        "",
        "The lesion model on its own test fold, which neither it nor the enhancer saw:",
        "",
        "| images | macro AUC | malignant AUC | refused |",
        "|---|---|---|---|",
        *(
            f"| {name.replace('_', ' ')} | {_span(x.auc_macro)} | {_span(x.auc_malignant)} | {x.refused:.0%} |"
            for name, x in evidence.readings.items()
        ),
        "",
        *(_use(evidence, kind) for kind in KINDS),
        "",
        (
            "The check path does not use it: the kind of damage would have to be known beforehand, and a report must"
            " rest on the pixels that the archive holds."
        ),
    ]
    return lines


def _use(evidence: Evidence, kind: str) -> str:
    before, after = (evidence.readings[f"{kind}, {state}"] for state in ("as it is", "repaired"))
    gain = after.auc_macro.value - before.auc_macro.value
    moved = f"After {kind.replace('_', ' ')}, repair moves the macro AUC by {gain:+.3f}"
    inside = before.auc_macro.low <= after.auc_macro.value <= before.auc_macro.high
    return (
        f"{moved}, {'within' if inside else 'out of'} the interval without it; refusals from {before.refused:.0%} to"
        f" {after.refused:.0%}."
    )


def _span(figure: Figure, digits: int = 3, *, signed: bool = False) -> str:
    sign = "+" if signed else ""
    value, low, high = (f"{x:{sign}.{digits}f}" for x in (figure.value, figure.low, figure.high))
    return f"{value} ({low} to {high})"


def _list(values: tuple[object, ...]) -> str:
    return ", ".join(map(str, values))


def _plot(evidence: Evidence, path: Path) -> None:
    drawing = Drawing(figsize=(12, 3.8), layout="constrained")
    FigureCanvasAgg(drawing)
    *areas, bars = drawing.subplots(1, 3)
    for axis, name in zip(areas, next(iter(evidence.gains.values())), strict=True):
        for shift, said in ((-0.06, "plain"), (0.06, "generated")):
            of_each = [getattr(measures[name], said) for measures in evidence.gains.values()]
            value, low, high = (np.array([getattr(x, part) for x in of_each]) for part in ("value", "low", "high"))
            label = "with generated images" if said == "generated" else "without"
            spans = np.stack([value - low, high - value])
            axis.errorbar(np.arange(len(value)) + shift, value, spans, marker="o", capsize=3, label=label)
        axis.set_xticks(range(len(evidence.gains)), [f"{percent} %" for percent in evidence.gains])
        axis.set(xlabel="share of the training images", ylabel=name, title=f"{name}, {evidence.seeds} seeds")
        axis.legend(fontsize="small", loc="lower right")
    flat = [
        (f"{kind.replace('_', ' ')}:\n{way}", x) for kind, ways in evidence.repairs.items() for way, x in ways.items()
    ]
    values = [x.psnr_db.value for _, x in flat]
    spans = np.array([[x.psnr_db.value - x.psnr_db.low, x.psnr_db.high - x.psnr_db.value] for _, x in flat]).T
    bars.barh(range(len(flat)), values, xerr=spans, color=["C1" if name.endswith(LEARNT) else "C0" for name, _ in flat])
    bars.set_yticks(range(len(flat)), [name for name, _ in flat], fontsize="small")
    bars.set(xlabel="PSNR, dB", title="repair", xlim=(min(values) - 3, max(values) + 2))
    bars.invert_yaxis()
    drawing.savefig(path, dpi=70)


def _grid(drawn: Mapping[int, Tensor], path: Path) -> None:
    rows = [torch.cat(list(drawn[number][:SHOWN, 0]), dim=1) for number in range(len(CLASSES))]
    picture = torch.cat(rows).numpy()
    drawing = Drawing(figsize=(SHOWN, len(CLASSES)), layout="constrained")
    FigureCanvasAgg(drawing)
    axis = drawing.subplots()
    axis.imshow(picture, cmap="gray", vmin=0, vmax=1)
    side = picture.shape[0] / len(CLASSES)
    axis.set_yticks([side * (number + 0.5) for number in range(len(CLASSES))], CLASSES)
    axis.set_xticks([])
    drawing.savefig(path, dpi=80)
