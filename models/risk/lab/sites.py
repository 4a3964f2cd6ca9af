"""Hospitals in the lab: the profile that a training writes, and forecasts that are held back where a model is foreign.

Shapes: N rows, P stays, M measured series.
"""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np

from models.risk import site
from models.risk.lab.forecasting import Forecasts
from models.risk.lab.split import parts_of
from models.risk.lab.stays import Stays
from models.risk.seen import Seen
from models.risk.site import SiteProfile, Standing


def seen_of(stays: Stays) -> Seen:
    """What was measured in each stay, as `models.risk.features.RunningFeatures.seen` tells it of a patient's state."""
    series = sum(one.kind != "static" for one in stays.inputs)
    values, first = stays.columns[:, :series], stays.start[:-1]
    known = ~np.isnan(values)
    count = np.add.reduceat(known.astype(np.float32), first, axis=0)
    total = np.add.reduceat(np.where(known, values, np.float32(0)), first, axis=0)
    with np.errstate(invalid="ignore"):
        mean = np.where(count > 0, total / np.maximum(count, 1), np.float32(np.nan))
    missing = np.add.reduceat(stays.missing_before, first)
    return Seen((stays.hours + missing).astype(np.float32), count, mean)


def profile_of(stays: Stays) -> SiteProfile:
    """Describe each hospital of a training by those of its stays that train."""
    trained, seen = parts_of(stays.patient_id) == "train", seen_of(stays)
    hospitals = {
        str(name): site.describe(seen.of(trained & (stays.hospital == name)))
        for name in sorted(set(stays.hospital[trained].tolist()))
    }
    series = tuple(one.name for one in stays.inputs if one.kind != "static")
    return SiteProfile(series, hospitals)


def save(profile: SiteProfile, folder: Path) -> Path:
    """Write the profile beside the weights and return its path."""
    path = folder / site.FILE
    path.write_text(site.write(profile), encoding="utf-8")
    return path


def judge(stays: Stays, profile: SiteProfile) -> dict[str, Standing]:
    """Judge each hospital by its stays."""
    seen = seen_of(stays)
    names = sorted(set(stays.hospital.tolist()))
    return {name: site.standing(profile, seen.of(stays.hospital == name)) for name in names}


def hold_back(forecasts: Forecasts, stays: Stays, found: Mapping[str, Standing]) -> Forecasts:
    """Abstain in every hour at hospitals that are foreign or not yet known: no alarm comes from there."""
    silent = np.array([found[name].because is not None for name in stays.hospital.tolist()])[stays.stay_of_row]
    return replace(forecasts, alarm=forecasts.alarm & ~silent, abstained=forecasts.abstained | silent)
