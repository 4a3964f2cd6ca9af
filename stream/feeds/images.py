"""Simulated imaging studies: generated pictures in real DICOM files that are marked as simulated.

They show that images are processed, not that a model is right: they are not based on any patient or recording. H rows,
W columns; y runs down from 0 to 1, x from 0 at the viewer's left to 1.
"""

import hashlib
from datetime import datetime
from pathlib import Path
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray
from pydicom import Dataset, FileDataset, uid
from pydicom.dataset import FileMetaDataset

from schemas.imaging import ImageReference, ImagingReady

Kind = Literal["chest_xray", "breast_ultrasound"]
Picture = NDArray[np.float64]  # [H, W], 0..1

SIDE_PX: Final = 512
CHEST_MM: Final = 360.0  # height and width of the chest picture
DEPTH_CM: Final = 4.0  # height and width of the ultrasound picture
BLUR_REACH: Final = 4  # standard deviations; the weights beyond are below one in ten thousand
COMMENT: Final = "Simulated picture; no patient. Not for clinical use."


def simulated_study(
    kind: Kind, *, suspicious: bool, seed: int, folder: Path, patient: str, time: datetime
) -> ImagingReady:
    """Write a study of one image below `folder` and return its event; the same arguments write the same bytes.

    Raises OSError when the folder can't be written.
    """
    draw = chest_xray if kind == "chest_xray" else breast_ultrasound
    picture = draw(np.random.default_rng([seed, suspicious, kind == "chest_xray"]), suspicious=suspicious)
    name = hashlib.sha256(f"{kind}|{suspicious}|{seed}|{patient}|{time.isoformat()}".encode()).hexdigest()
    dataset = _file(kind, picture, name, time)
    folder.mkdir(parents=True, exist_ok=True)
    path = folder.absolute() / f"{name[:16]}.dcm"
    dataset.save_as(path, enforce_file_format=True)
    reference = ImageReference(
        url=path.as_uri(),
        sop_instance_uid=dataset.SOPInstanceUID,
        sha256=hashlib.sha256(path.read_bytes()).hexdigest(),
    )
    return ImagingReady(
        patient=patient,
        time=time,
        study_uid=dataset.StudyInstanceUID,
        series_uid=dataset.SeriesInstanceUID,
        modality=dataset.Modality,
        body_part=dataset.BodyPartExamined,
        images=(reference,),
        source="simulated",
    )


def chest_xray(random: np.random.Generator, *, suspicious: bool) -> Picture:
    """Draw lungs between spine, heart, ribs and diaphragm; if suspicious, with opacities in them.

    Positions and grey levels were fitted to the mean of normal films, so that a model trained on such can judge these.
    """
    y, x = np.mgrid[0 : 1 : SIDE_PX * 1j, 0 : 1 : SIDE_PX * 1j]
    side = (x - 0.5 + random.normal(0, 0.01)) * random.uniform(0.96, 1.04)  # negative at the patient's right
    away, y = np.abs(side), y + random.normal(0, 0.01)
    grey = 0.62 + 0.1 * y * np.exp(-((side / 0.15) ** 2))  # soft tissue, spine
    grey += _blob(0.16, side / 0.12, y / 0.06)  # neck
    grey -= 0.19 * _soft(away - 0.16, 0.04) * _soft(0.06 - y, 0.03)  # air above the shoulders
    grey -= 0.15 * (_blob(1, (side - 0.32) / 0.1, (y - 0.1) / 0.09) + _blob(1, (side + 0.32) / 0.1, (y - 0.1) / 0.09))
    grey -= 0.48 * _soft(away - 0.49, 0.075)  # the edge of the chest
    grey += _blob(0.27, (side - 0.195) / 0.087, (y - 0.62) / 0.15)  # heart
    grey += _blob(0.14, (side + 0.02) / 0.2, (y - 0.53) / 0.25)  # mediastinum and hila
    bottom, depth = 0.78 + random.normal(0, 0.01), random.uniform(0.29, 0.35)
    grey += 0.1 * _soft(y - bottom, 0.05)  # liver and stomach
    lungs = _lung(y, -side, bottom) + _lung(y, side, bottom + 0.013)
    ribs = np.sin(2 * np.pi * (12 * y + 6 * away**1.5 + random.uniform()))
    grey -= lungs * (depth - 0.03 * ribs)
    if suspicious:
        grey += lungs * _opacities(random, y, side, depth)
    return np.asarray(np.clip(_blurred(grey, 2, 2) + random.normal(0, 0.01, grey.shape), 0, 1))


def _lung(y: Picture, across: Picture, bottom: float) -> Picture:
    """Return one lung, 1 inside: from the apex, widening down to the dome of the diaphragm; `across` grows outwards."""
    along = np.clip((y - 0.16) / (bottom - 0.16), 0, 1)
    outside = 0.165 + 0.3 * along**0.8
    dome = bottom + 0.07 * (across - 0.25) + 3.3 * (across - 0.25) ** 2
    edge = 0.06
    return _soft(across - 0.1, edge) * _soft(outside - across, edge) * _soft(y - 0.2, edge) * _soft(dome - y, edge)


def _blob(grey: float, across: Picture, down: Picture) -> Picture:
    """Return a soft spot with `grey` at its centre; distances are in units of its own widths."""
    return np.asarray(grey * np.exp(-(across**2) - down**2))


def _opacities(random: np.random.Generator, y: Picture, side: Picture, depth: float) -> Picture:
    """Return haze that lightens the lungs: densest round the hila, patchy, on both sides."""
    haze = random.uniform(0.3, 0.5) + _blob(0.4, (np.abs(side) - 0.12) / 0.17, (y - 0.55) / 0.28)
    patches = _blurred(random.normal(0, 1, y.shape), 45, 45)
    return np.asarray(depth * np.clip(haze + 0.15 * patches / patches.std(), 0, 0.9))


def breast_ultrasound(random: np.random.Generator, *, suspicious: bool) -> Picture:
    """Draw skin, fat and glandular tissue in speckle; if suspicious, with a dark, ragged mass and its shadow."""
    y, x = np.mgrid[0 : 1 : SIDE_PX * 1j, 0 : 1 : SIDE_PX * 1j]
    bend = 0.05 * np.sin(2 * np.pi * (x * random.uniform(0.4, 1) + random.uniform()))
    fat, wall = random.uniform(0.18, 0.26) + bend, random.uniform(0.55, 0.68) - bend
    loud = 0.1 * _soft(y - fat, 0.03) - 0.12 * _soft(y - wall, 0.05)  # decimal logarithm of the echo, from here on
    for fine, weight in ((2.5, 0.05), (6, 0.07), (14, 0.09), (40, 0.08)):  # strands along the layers
        strands = _blurred(random.normal(0, 1, (SIDE_PX * 5 // 4, SIDE_PX)), fine, 2.2 * fine)
        shift = SIDE_PX * (0.125 + bend + 0.03 * np.sin(2 * np.pi * (x * 3 + random.uniform())))
        strands = np.take_along_axis(strands, (np.arange(SIDE_PX)[:, None] + shift).astype(int), axis=0)
        loud += weight * strands / strands.std()
    for edge, bright in ((0.03, 0.3), (fat, 0.2), (wall, 0.15)):
        loud += bright * np.exp(-(((y - edge) / 0.01) ** 2))
    if suspicious:
        loud += np.log10(_mass(random, y, x))
    speckle = np.hypot(*(_blurred(random.normal(0, 1, x.shape), 1.5, 2.5) for _ in range(2)))  # Rayleigh
    loud += 0.35 * np.log10(speckle / speckle.mean() + 0.1) - 0.75 * y + 0.08 * np.exp(-y / 0.08)  # weaker with depth
    return np.asarray(np.clip(0.62 + 0.4 * loud, 0, 1) ** 1.5)


def _mass(random: np.random.Generator, y: Picture, x: Picture) -> Picture:
    """Return the remaining echo: little in a ragged mass that is taller than wide, reduced in its shadow."""
    where_y, where_x = random.uniform(0.38, 0.5), random.uniform(0.35, 0.65)
    height, width = random.uniform(0.13, 0.18), random.uniform(0.1, 0.14)
    angle = np.arctan2((y - where_y) / height, (x - where_x) / width)
    ragged = 1 + sum(random.uniform(0.04, 0.1) * np.sin(k * angle + random.uniform(0, 6)) for k in (2, 3, 5, 7))
    mass = _soft(ragged - np.hypot((y - where_y) / height, (x - where_x) / width), 0.07)
    shadow = _soft(y - where_y, 0.05) * np.exp(-(((x - where_x) / width) ** 4))
    return np.asarray((1 - 0.8 * mass) * (1 - 0.5 * shadow))


def _blurred(picture: Picture, down_px: float, across_px: float) -> Picture:
    """Blur by a Gaussian of these standard deviations, cut at four of them; mirrored at the edges."""
    for axis, sigma_px in enumerate((down_px, across_px)):
        reach = round(BLUR_REACH * sigma_px)
        weights = np.exp(-0.5 * (np.arange(-reach, reach + 1) / sigma_px) ** 2)
        padded = np.pad(picture, [(reach, reach) if axis == side else (0, 0) for side in range(2)], mode="symmetric")
        picture = np.apply_along_axis(np.convolve, axis, padded, weights / weights.sum(), "valid")
    return picture


def _soft(distance: Picture, width: float) -> Picture:
    """Return a smooth step: 0 where the distance is negative, 1 where positive, with an edge of this width."""
    edge: Picture = 0.5 * (1 + np.tanh(distance / width))
    return edge


def _file(kind: Kind, picture: Picture, name: str, time: datetime) -> FileDataset:
    """Return the DICOM file: 12 bit of radiography for presentation, or 8 bit of ultrasound."""
    is_chest = kind == "chest_xray"
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID = (
        uid.DigitalXRayImageStorageForPresentation if is_chest else uid.UltrasoundImageStorage
    )
    meta.MediaStorageSOPInstanceUID = uid.generate_uid(entropy_srcs=[name, "instance"])
    meta.TransferSyntaxUID = uid.ExplicitVRLittleEndian
    file = FileDataset("", {}, file_meta=meta, preamble=b"\0" * 128)
    file.SOPClassUID, file.SOPInstanceUID = meta.MediaStorageSOPClassUID, meta.MediaStorageSOPInstanceUID
    file.StudyInstanceUID = uid.generate_uid(entropy_srcs=[name, "study"])
    file.SeriesInstanceUID = uid.generate_uid(entropy_srcs=[name, "series"])
    file.PatientName, file.PatientID, file.PatientBirthDate, file.PatientSex = "SIMULATED", "SIMULATED", "", ""
    file.StudyDate, file.StudyTime = time.strftime("%Y%m%d"), time.strftime("%H%M%S")
    file.StudyID = file.AccessionNumber = file.ReferringPhysicianName = file.Manufacturer = ""
    file.SeriesNumber, file.InstanceNumber = 1, 1
    file.Modality, file.BodyPartExamined = ("DX", "CHEST") if is_chest else ("US", "BREAST")
    file.ImageType = ["ORIGINAL", "PRIMARY", ""]
    file.ImageComments, file.BurnedInAnnotation, file.LossyImageCompression = COMMENT, "NO", "00"
    file.SamplesPerPixel, file.PhotometricInterpretation, file.PixelRepresentation = 1, "MONOCHROME2", 0
    file.Rows, file.Columns = picture.shape
    if is_chest:
        file.BitsAllocated, file.BitsStored, file.HighBit = 16, 12, 11
        file.WindowCenter, file.WindowWidth = 2048, 4096
        file.PixelSpacing = [CHEST_MM / SIDE_PX] * 2
        file.PixelData = np.round(picture * 4095).astype("<u2").tobytes()
    else:
        file.BitsAllocated, file.BitsStored, file.HighBit = 8, 8, 7
        file.SequenceOfUltrasoundRegions = [_region()]
        file.PixelData = np.round(picture * 255).astype(np.uint8).tobytes()
    return file


def _region() -> Dataset:
    """Return the ultrasound region: the whole picture is tissue, with its pixel size (PS3.3 C.8.5.5)."""
    region = Dataset()
    region.RegionSpatialFormat, region.RegionDataType, region.RegionFlags = 1, 1, 0  # 2D, tissue
    region.RegionLocationMinX0 = region.RegionLocationMinY0 = 0
    region.RegionLocationMaxX1 = region.RegionLocationMaxY1 = SIDE_PX - 1
    region.PhysicalUnitsXDirection = region.PhysicalUnitsYDirection = 3  # centimetres
    region.PhysicalDeltaX = region.PhysicalDeltaY = DEPTH_CM / SIDE_PX
    return region
