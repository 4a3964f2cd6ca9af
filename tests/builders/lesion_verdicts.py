"""The verdict of a lesion model on an image."""

from schemas.imaging import Finding
from stream.check.verdict import Judged

JUDGED = Judged(
    model_name="chest_xray",
    model_version="v1",
    data_version="d1",
    findings=(Finding(label="normal", probability=0.1), Finding(label="pneumonia", probability=0.9)),
    predicted="pneumonia",
    abstained=False,
    suspicious_probability=0.9,
    suspicious=True,
    box_px=(10, 20, 50, 40),
    pixel_spacing_mm=(0.5, 0.25),
    modality="DX",
    series_uid="1.2.9.1",
    sop_class_uid="1.2.840.10008.5.1.4.1.1.1.1",
    sop_instance_uid="1.2.1",
    frame_number=None,
    overlay_png=None,
)
