"""Examples of the records of every topic, as they travel. The exported documents show them; a test validates them."""

from typing import Any, Final

_PATIENT: Final = "p-0017"
_SOFTWARE: Final = "0.1.0"
_NEWS2: Final = {"software": _SOFTWARE, "rule": "news2/2017.1", "data": "RCP NEWS2 2017"}
_ALARM: Final = {"software": _SOFTWARE, "rule": "news2/2", "data": "alarm-limits-2026.2"}
_RISK: Final = {
    "software": _SOFTWARE,
    "model": "risk/risk-lstm-83499e165303",
    "data": "93cdaf58dd6b87ac20ba9b447f92071d",
}

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
    "alarm-settings": (
        {
            "patient": _PATIENT,
            "time": "2026-01-02T03:20:00Z",
            "action": "limit",
            "condition": "heart-rate-high",
            "limit": 140,
            "until": "2026-01-02T15:00:00Z",
            "reason": "known atrial fibrillation",
            "role": "physician",
            "by": "physician-icu-1",
        },
        {
            "patient": _PATIENT,
            "time": "2026-01-02T04:00:00Z",
            "action": "away",
            "until": "2026-01-02T05:00:00Z",
            "reason": "computed tomography",
            "role": "nurse",
            "by": "nurse-icu-2",
        },
        {
            "patient": _PATIENT,
            "time": "2026-01-02T04:40:00Z",
            "action": "end",
            "ends": "away",
            "role": "nurse",
            "by": "nurse-icu-2",
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
                {"parameter": "spo2_percent", "value": 91, "points": 3, "age_s": 0},
                {"parameter": "on_oxygen", "value": 1, "points": 2, "age_s": 310},
                {"parameter": "systolic_mmhg", "value": 96, "points": 2, "age_s": 840},
                {"parameter": "heart_rate_bpm", "value": 118, "points": 2, "age_s": 0},
                {"parameter": "consciousness"},
                {"parameter": "temperature_celsius", "value": 38.7, "points": 1, "age_s": 1260},
            ],
            "missing": ["consciousness"],
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
            "sentence": "Risk of sepsis within 6 h is 31%; raised most by lactate 3.1 mmol/L (this hour).",
            "provenance": _RISK,
        },
    ),
    "alerts": (
        {
            "id": "5f1c9f0e-2a37-5b3d-9c52-1f0f3c1b7e21",
            "alert": "0c8e3a52-64b5-5d0b-9a0f-7a52d4c0a7f1",
            "patient": _PATIENT,
            "time": "2026-01-02T03:04:05Z",
            "condition": "news2",
            "type": "physiological",
            "priority": "high",
            "phase": "start",
            "presence": True,
            "signal": "on",
            "episode_start": "2026-01-02T03:04:05Z",
            "text": "NEWS2 clinical risk is high",
            "evidence": [{"name": "news2_band", "value": 3, "unit": "{score}", "limit": 3}],
            "provenance": _ALARM,
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
                    "model_version": "7ee505694523",
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
            "provenance": {
                "software": _SOFTWARE,
                "model": "lesion/chest_xray/7ee505694523",
                "rule": "lesion/5b1f0c2e9a7d",
                "data": "0311a225ec0f",
            },
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
                {
                    "name": "histology",
                    "value": "invasive carcinoma of no special type",
                    "certainty": "stated",
                    "start": 0,
                    "end": 37,
                },
                {"name": "grade", "value": "2", "certainty": "stated", "start": 39, "end": 46},
                {"name": "er", "value": "positive", "certainty": "stated", "start": 48, "end": 59},
                {"name": "er_percent", "value": "90", "certainty": "stated", "start": 48, "end": 64},
                {"name": "her2", "value": "equivocal", "certainty": "stated", "start": 67, "end": 77},
                {"name": "her2_ihc", "value": "2+", "certainty": "stated", "start": 67, "end": 77},
            ],
            "kind": "pathology report",
            "provenance": {"software": _SOFTWARE, "rule": "pathology-reader/0.1.0", "data": "none"},
        },
    ),
    "suggestions": (
        {
            "id": "7a40d1f1-8f0e-5b8f-8e0d-5f1a5f0b9c44",
            "patient": _PATIENT,
            "time": "2026-01-02T01:15:00Z",
            "intent": "proposal",
            "rule": "clopidogrel-cyp2c19-poor",
            "text": "CYP2C19 poor metabolizer on clopidogrel: after an acute coronary syndrome or PCI avoid it if "
            "possible; consider prasugrel or ticagrelor if there is no contraindication.",
            "citation": {
                "guideline": "CPIC guideline for CYP2C19 and clopidogrel",
                "edition": "2022 update",
                "reference": "doi:10.1002/cpt.2526",
                "strength": "Strong (ACS, PCI)",
            },
            "inputs": [
                {"name": "CYP2C19", "value": "Poor Metabolizer", "age_s": 47_700},
                {"name": "drug", "value": "clopidogrel", "age_s": 0},
                {"name": "coverage of CYP2C19", "value": "full", "age_s": 47_700},
            ],
            "missing": ["source of CYP2C19"],
            "contraindications_checked": ["allergy to prasugrel", "allergy to ticagrelor"],
            "to_check": ["the indication", "bleeding, earlier stroke or TIA"],
            "expires": "2026-01-09T01:15:00Z",
            "provenance": {"software": _SOFTWARE, "rule": "clopidogrel-cyp2c19-poor/1", "data": "2022 update"},
        },
        {
            "id": "4be2e1d5-55a7-5d0a-9d36-0c8d9f3f7a11",
            "proposal": "7a40d1f1-8f0e-5b8f-8e0d-5f1a5f0b9c44",
            "status": "withdrawn",
            "reason": "the order was stopped",
            "patient": _PATIENT,
            "time": "2026-01-02T09:40:00Z",
            "intent": "proposal",
            "rule": "clopidogrel-cyp2c19-poor",
            "text": "Withdrawn, since the order was stopped: CYP2C19 poor metabolizer on clopidogrel: after an acute "
            "coronary syndrome or PCI avoid it if possible; consider prasugrel or ticagrelor if there is no "
            "contraindication.",
            "citation": {
                "guideline": "CPIC guideline for CYP2C19 and clopidogrel",
                "edition": "2022 update",
                "reference": "doi:10.1002/cpt.2526",
                "strength": "Strong (ACS, PCI)",
            },
            "inputs": [],
            "expires": "2026-01-02T09:40:00Z",
            "provenance": {"software": _SOFTWARE, "rule": "clopidogrel-cyp2c19-poor/1", "data": "2022 update"},
        },
    ),
    "ward-status": (
        {
            "id": "1d8a8f0e-3c35-5a1d-9a61-6f0e0c9d2b55",
            "time": "2026-01-02T03:06:00Z",
            "worker": "watch-1",
            "component": "state",
            "state": "degraded",
            "text": "Redis is away: unknown patients begin with a blank state",
            "provenance": {"software": _SOFTWARE, "rule": "ward-status/1", "data": "none"},
        },
    ),
}
"""The examples by topic. The topic dead-letters has none, since its values are bytes of other producers."""
