"""One example or more for every topic, as they travel: shown in the exported documents, held to them by a test."""

from typing import Any, Final

_PATIENT: Final = "p-0017"
_SOFTWARE: Final = "0.1.0"
_NEWS2: Final = {"software": _SOFTWARE, "rule": "news2/2017.1", "data": "Royal College of Physicians 2017"}
_RISK: Final = {"software": _SOFTWARE, "model": "risk/3f9c21ab", "data": "sha256:5c1d0c57"}

EXAMPLES: Final[dict[str, tuple[dict[str, Any], ...]]] = {
    "vitals": (
        {
            "patient": _PATIENT,
            "time": "2026-01-02T03:04:05Z",
            "device": "monitor-4",
            "sequence": 18_204,
            "heart_rate_bpm": 118,
            "respiratory_rate_per_min": 24,
            "spo2_percent": 91,
            "systolic_mmhg": 96,
            "temperature_celsius": 38.7,
            "on_oxygen": True,
            "consciousness": "alert",
        },
        {
            "patient": _PATIENT,
            "times": ["2026-01-02T03:04:05Z", "2026-01-02T03:04:06Z", "2026-01-02T03:04:07Z"],
            "device": "monitor-4",
            "first_sequence": 18_204,
            "heart_rate_bpm": [118, 117, 119],
            "spo2_percent": [91, None, 92],
        },
    ),
    "labs": (
        {
            "patient": _PATIENT,
            "time": "2026-01-02T02:30:00Z",
            "report": "lab-88213",
            "lactate_mmol_per_l": 3.1,
            "wbc_10e3_per_ul": 17.4,
            "creatinine_mg_per_dl": 1.6,
        },
    ),
    "patients": (
        {
            "patient": _PATIENT,
            "time": "2026-01-01T22:10:00Z",
            "status": "admitted",
            "admitted_to_icu_at": "2026-01-01T22:05:00Z",
            "hours_from_hospital_to_icu": -6.5,
            "age_years": 71,
            "sex": "female",
            "unit": "micu",
            "bed": "icu-07",
            "spo2_scale": 1,
            "allergies": ["penicillin"],
        },
    ),
    "imaging-ready": (
        {
            "patient": _PATIENT,
            "time": "2026-01-02T03:00:00Z",
            "study_uid": "1.2.826.0.1.3680043.8.498.1",
            "modality": "CR",
            "body_part": "CHEST",
            "images": [
                {
                    "url": "https://archive.example/studies/1/series/1/instances/1",
                    "sop_instance_uid": "1.2.826.0.1.3680043.8.498.1.1.1",
                }
            ],
            "source": "stable-study",
        },
    ),
    "genomics": (
        {
            "patient": _PATIENT,
            "time": "2026-01-01T12:00:00Z",
            "gene": "CYP2C19",
            "diplotype": "*2/*2",
            "phenotype": "Poor Metabolizer",
            "activity_score": 0.0,
            "coverage": "full",
        },
    ),
    "medications": (
        {
            "patient": _PATIENT,
            "time": "2026-01-02T01:15:00Z",
            "order": "order-5521",
            "drug": "clopidogrel",
            "rxnorm": "32968",
            "status": "active",
        },
    ),
    "pathology-reports": (
        {
            "patient": _PATIENT,
            "time": "2026-01-01T16:40:00Z",
            "report": "path-301",
            "specimen": "breast, left, core biopsy",
            "text": "Invasive carcinoma of no special type, grade 2. ER positive (90%). HER2 IHC 2+, ISH to follow.",
        },
        {
            "patient": _PATIENT,
            "time": "2026-01-04T09:15:00Z",
            "report": "path-301",
            "specimen": "breast, left, core biopsy",
            "text": (
                "Invasive carcinoma of no special type, grade 2. ER positive (90%). HER2 IHC 2+, ISH to follow.\n"
                "Addendum 1: HER2 FISH: not amplified."
            ),
        },
    ),
    "acknowledgements": (
        {
            "patient": _PATIENT,
            "time": "2026-01-02T03:05:30Z",
            "alert": "0c8e3a52-64b5-5d0b-9a0f-7a52d4c0a7f1",
            "by": "nurse-icu-2",
            "action": "acknowledge",
        },
    ),
    "scores": (
        {
            "id": "9d0f6f4e-95a4-5a3e-8f61-3a1df4c0f0a7",
            "patient": _PATIENT,
            "time": "2026-01-02T03:04:05Z",
            "score": "NEWS2",
            "total": 12,
            "lower": 12,
            "upper": 15,
            "complete": False,
            "band": "high",
            "parts": [
                {"parameter": "respiratory_rate_per_min", "value": 24, "points": 2, "age_s": 0},
                {"parameter": "systolic_mmhg", "value": None, "points": None, "age_s": None},
            ],
            "missing": ["systolic_mmhg"],
            "provenance": _NEWS2,
        },
    ),
    "forecasts": (
        {
            "id": "3b0f7f6c-9a7c-5c39-8e0a-2d9f0e5a1b11",
            "patient": _PATIENT,
            "time": "2026-01-02T03:05:00Z",
            "outcome": "sepsis",
            "horizon_h": 6,
            "kind": "closed",
            "hour": 5,
            "probability": 0.31,
            "alarm": True,
            "abstained": False,
            "drivers": [
                {
                    "name": "lactate_mmol_per_l",
                    "value": 3.1,
                    "unit": "mmol/L",
                    "age_h": 0.6,
                    "contribution": 0.8,
                }
            ],
            "sentence": "The risk rises with a lactate of 3.1 mmol/L.",
            "provenance": _RISK,
        },
    ),
    "alerts": (
        {
            "id": "5f1c9f0e-2a37-5b3d-9c52-1f0f3c1b7e21",
            "alert": "0c8e3a52-64b5-5d0b-9a0f-7a52d4c0a7f1",
            "patient": _PATIENT,
            "time": "2026-01-02T03:04:05Z",
            "condition": "news2-high",
            "type": "physiological",
            "priority": "high",
            "phase": "start",
            "presence": True,
            "signal": "on",
            "episode_start": "2026-01-02T03:04:05Z",
            "text": "NEWS2 is 12 or more: emergency response.",
            "evidence": [{"name": "news2", "value": 12, "limit": 7}],
            "provenance": _NEWS2,
        },
    ),
    "lesion-reports": (
        {
            "id": "e3a1d6a4-1c1f-5d7e-9a54-0b6c9f2d8e33",
            "patient": _PATIENT,
            "time": "2026-01-02T03:00:00Z",
            "study_uid": "1.2.826.0.1.3680043.8.498.1",
            "status": "preliminary",
            "model_name": "chest_xray",
            "priority": "urgent",
            "suspicious_probability": 0.87,
            "images": [
                {
                    "url": "https://archive.example/studies/1/series/1/instances/1",
                    "modality": "DX",
                    "series_uid": "1.2.826.0.1.3680043.8.498.2",
                    "sop_class_uid": "1.2.840.10008.5.1.4.1.1.1.1",
                    "sop_instance_uid": "1.2.826.0.1.3680043.8.498.3",
                    "model_name": "chest_xray",
                    "model_version": "1a2b3c4d",
                    "findings": [
                        {"label": "normal", "probability": 0.13},
                        {"label": "pneumonia", "probability": 0.87},
                    ],
                    "predicted": "pneumonia",
                    "box_px": [40, 22, 96, 71],
                    "box_mm": [78.4, 68.6],
                }
            ],
            "replaces": [{"id": "5b0c7f0a-7d0e-5c0b-9b5e-3c1d2e4f5a66", "dicom_sr": True}],
            "fhir_url": "file:///reports/e3a1d6a4-1c1f-5d7e-9a54-0b6c9f2d8e33.json",
            "dicom_sr_url": "file:///reports/e3a1d6a4-1c1f-5d7e-9a54-0b6c9f2d8e33.dcm",
            "provenance": {"software": _SOFTWARE, "model": "lesion/chest_xray/1a2b3c4d", "data": "77aa0e12"},
        },
    ),
    "pathology-findings": (
        {
            "id": "c4f0a8de-9a35-5d0e-8d57-4b1f0f7a6c55",
            "patient": _PATIENT,
            "time": "2026-01-01T16:40:00Z",
            "report": "path-301",
            "sites": ["breast"],
            "findings": [
                {"name": "behaviour", "value": "malignant", "certainty": "stated", "start": 0, "end": 37},
                {"name": "her2_ihc", "value": "2+", "certainty": "stated", "start": 66, "end": 77},
            ],
            "provenance": {"software": _SOFTWARE, "rule": "pathology-reader/0.1.0", "data": "none"},
        },
    ),
    "suggestions": (
        {
            "id": "7a40d1f1-8f0e-5b8f-8e0d-5f1a5f0b9c44",
            "patient": _PATIENT,
            "time": "2026-01-02T03:04:05Z",
            "intent": "proposal",
            "rule": "sepsis-antimicrobials-1h",
            "text": "Consider antimicrobials within the hour if sepsis is probable.",
            "citation": {
                "guideline": "Surviving Sepsis Campaign",
                "edition": "2021",
                "reference": "doi:10.1097/CCM.0000000000005337",
                "strength": "strong recommendation, low quality of evidence",
            },
            "inputs": [{"name": "lactate_mmol_per_l", "value": 3.1, "age_s": 2045}],
            "missing": ["procalcitonin"],
            "contraindications_checked": ["allergy: penicillin"],
            "to_check": ["cultures drawn first, if that delays nothing"],
            "because": "0c8e3a52-64b5-5d0b-9a0f-7a52d4c0a7f1",
            "expires": "2026-01-02T04:04:05Z",
            "provenance": {"software": _SOFTWARE, "rule": "sepsis-antimicrobials-1h/1", "data": "SSC 2021"},
        },
    ),
    "ward-status": (
        {
            "id": "1d8a8f0e-3c35-5a1d-9a61-6f0e0c9d2b55",
            "time": "2026-01-02T03:06:00Z",
            "worker": "watch-1",
            "component": "state",
            "state": "degraded",
            "text": "Redis does not answer; scores and alarms go on from memory.",
            "provenance": {"software": _SOFTWARE, "data": "none"},
        },
    ),
}
"""Topic name to records. The topic dead-letters has none: its values are other people's bytes."""
