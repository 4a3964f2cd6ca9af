"""`wardwatch suggest`: from a patient's records to proposals, or to the drugs of a class, or to a sentence why not."""

import json
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from schemas.export import document_schemas
from stream.cli import main

AT = "2026-01-02T01:15:00Z"
RECORDS: list[tuple[str, dict[str, Any]]] = [
    ("patients", {"patient": "p-1", "time": AT, "age_years": 70, "sex": "female", "weight_kg": 60,
                  "is_pregnant": False, "allergies": ["ticagrelor"]}),
    ("genomics", {"patient": "p-1", "time": AT, "gene": "CYP2C19", "phenotype": "Poor Metabolizer", "source": "lab",
                  "coverage": "full"}),
    ("medications", {"patient": "p-1", "time": AT, "order": "o-1", "drug": "clopidogrel", "status": "active"}),
    ("labs", {"patient": "p-1", "time": AT, "creatinine_mg_per_dl": 0.9}),
]  # fmt: skip


@pytest.fixture
def patient(tmp_path: Path) -> Path:
    return written(tmp_path, *RECORDS)


def written(folder: Path, *records: tuple[str, dict[str, Any]]) -> Path:
    file = folder / "patient.jsonl"
    file.write_text("".join(json.dumps({"topic": topic, "record": record}) + "\n" for topic, record in records))
    return file


def run(file: Path, *arguments: str) -> int:
    with pytest.raises(SystemExit) as ended:
        main(["suggest", "--patient", str(file), *arguments])
    return int(ended.value.code or 0)


def test_what_the_worker_would_propose_is_shown(patient: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(patient, "--json") == 0
    (said,) = json.loads(capsys.readouterr().out)["proposals"]
    assert said["rule"] == "clopidogrel-cyp2c19-poor/1"
    assert "prasugrel" in said["text"]
    assert "ticagrelor" not in said["text"]
    assert run(patient) == 0
    assert "never orders" in capsys.readouterr().out


def test_every_variant_is_shown_and_a_guideline_that_says_otherwise_too(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    variant = {"patient": "p-1", "time": AT, "gene": "BRCA1", "origin": "germline", "source": "lab"}
    records = [
        ("genomics", variant | {"hgvs": "c.5266dup", "significance": "Pathogenic"}),
        ("genomics", variant | {"hgvs": "c.1A>G", "significance": "VUS"}),
        ("genomics", {"patient": "p-1", "time": AT, "gene": "CYP2D6", "phenotype": "Ultrarapid Metabolizer"}),
        ("medications", {"patient": "p-1", "time": AT, "order": "o-1", "drug": "codeine", "status": "active"}),
    ]
    file = written(tmp_path, *records)
    assert run(file, "--json") == 0
    said = json.loads(capsys.readouterr().out)
    assert [one["significance"] for one in said["variants"]] == ["Pathogenic", "Uncertain significance"]
    by_rule = {one["rule"]: one for one in said["proposals"]}
    assert "genetic counselling" in by_rule["acmg-sf-brca1/1"]["text"]
    assert by_rule["cpic-codeine/1"]["second_voices"][0]["citation"]["guideline"].startswith("DPWG")
    assert run(file) == 0
    shown = " ".join(capsys.readouterr().out.split())
    assert "Variant: BRCA1 c.1A>G: Uncertain significance (germline, lab)" in shown
    assert "but DPWG guideline for CYP2D6 and opioids (2021)" in shown


def test_the_drugs_of_a_class_are_listed_with_their_reasons(patient: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(patient, "--rank", "platelet-inhibitors", "--json") == 0
    drugs = {one["drug"]: one for one in json.loads(capsys.readouterr().out)["drugs"]}
    assert drugs["prasugrel"]["standing"] == "nothing against"
    assert drugs["ticagrelor"]["reasons_against"][0]["about"] == "allergies"
    assert drugs["clopidogrel"]["reasons_against"][0]["about"] == "genotype"
    assert drugs["clopidogrel"]["ordered"] is True
    assert run(patient, "--rank", "platelet-inhibitors") == 0
    shown = capsys.readouterr().out
    assert "no score" in shown
    assert "clopidogrel" in shown


def test_the_plan_is_printed_as_its_schema_says_and_the_same_file_gives_the_same_bytes(
    patient: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(patient, "--json") == 0
    first = capsys.readouterr().out
    assert run(patient, "--json") == 0
    assert capsys.readouterr().out == first
    plan = json.loads(first)
    Draft202012Validator(document_schemas()["plan"]).validate(plan)
    assert (plan["patient"], plan["stay"]["age_years"]) == ("p-1", 70)
    assert [one["drug"] for one in plan["drugs"]] == ["clopidogrel"]


def test_it_becomes_a_page_and_a_bundle_of_drafts(
    patient: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    page, bundle = tmp_path / "plan.html", tmp_path / "plan.json"
    assert run(patient, "--report", str(page), "--fhir", str(bundle)) == 0
    assert "never orders" in capsys.readouterr().out
    assert "Plan of p-1" in page.read_text(encoding="utf-8")
    entries = json.loads(bundle.read_text(encoding="utf-8"))["entry"]
    assert entries[0]["resource"]["resourceType"] == "CarePlan"
    assert run(patient, "--report", str(tmp_path / "no folder" / "plan.html")) == 1
    assert "plan.html: No such file or directory" in capsys.readouterr().err


def test_what_is_known_is_told_in_the_terminal_and_what_is_not_too(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    more: list[tuple[str, dict[str, Any]]] = [
        ("labs", {"patient": "p-1", "time": AT, "lactate_mmol_per_l": 4.5}),
        ("medications", {"patient": "p-1", "time": AT, "order": "o-2", "drug": "mixture 7", "status": "active"}),
    ]
    assert run(written(tmp_path, *RECORDS, *more)) == 0
    shown = " ".join(capsys.readouterr().out.split())
    for words in (
        "p-1, 2026-01-02 01:15 UTC: 70 years, female, 60 kg, not pregnant, allergies: ticagrelor",
        "lactate 4.5 mmol/L (now)",
        "Orders: clopidogrel, mixture 7 (?)",
        "Gene: CYP2C19 Poor Metabolizer (full coverage, lab, now)",
        "Alarm (medium): lactate is critically high",
        "before the next dose CYP2C19 poor metabolizer",
        "Not checked: mixture 7: the drug's name was not understood",
        "Not checked: forecast of sepsis: no forecast is at hand",
    ):
        assert words in shown


def test_words_from_outside_do_not_steer_the_terminal(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    order = {"patient": "p-1", "time": AT, "order": "o-1", "drug": "x\x1b[2Jy\u202e", "status": "active"}
    assert run(written(tmp_path, ("medications", order))) == 0
    shown = capsys.readouterr().out
    assert not {"\x1b", "\u202e"} & set(shown)
    assert "x\ufffd[2jy\ufffd" in shown


@pytest.mark.parametrize("arguments", [[], ["--patient", "x", "--live", "p-1"]])
def test_one_patient_is_named_in_one_way(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["suggest", *arguments])
    assert ended.value.code == 1
    assert "name one of --patient FILE and --live PSEUDONYM" in " ".join(capsys.readouterr().err.split())


@pytest.mark.parametrize(
    ("records", "arguments", "words"),
    [
        (RECORDS, ("--rank", "no-such-class"), "no class has that name"),
        (RECORDS, ("--rank", "opioids", "--report", "plan.html"), "--rank lists drugs"),
        ([*RECORDS, ("labs", {"patient": "p-2", "time": AT})], (), "several patients"),
        ([("medications", {"patient": "p-1", "time": AT, "drug": "x"})], (), "does not fit its topic"),
        ([("no-such-topic", {})], (), "the topic is none"),
    ],
)
def test_what_cannot_be_used_is_refused_in_a_sentence(
    tmp_path: Path,
    records: list[tuple[str, dict[str, Any]]],
    arguments: tuple[str, ...],
    words: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert run(written(tmp_path, *records), *arguments) == 1
    assert words in " ".join(capsys.readouterr().err.split())
