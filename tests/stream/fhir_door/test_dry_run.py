"""`wardwatch gateway decode` reads FHIR beside HL7 v2, in one form."""

import json
from pathlib import Path
from typing import Any

from typer.testing import CliRunner

from stream.commands.gateway import app
from tests.builders.fhir_resources import NUMBER, a_bundle, a_patient, an_encounter, an_observation
from tests.builders.hl7_messages import SYSTOLIC, observed


def decoded(path: Path, *options: str) -> list[dict[str, Any]]:
    result = CliRunner().invoke(app, ["decode", str(path), "--json", *options])
    assert result.exit_code == 0, result.output
    return [json.loads(line) for line in result.stdout.splitlines()]


def test_a_bundle_is_shown_resource_by_resource_in_the_form_of_messages(tmp_path: Path) -> None:
    bad = an_observation(subject=None, id="bad")
    (tmp_path / "a.hl7").write_bytes(observed(SYSTOLIC))
    (tmp_path / "b.json").write_text(json.dumps(a_bundle(a_patient(), an_encounter(), an_observation(), bad)))
    of_hl7, *of_fhir = decoded(tmp_path)
    assert all(one.keys() == of_hl7.keys() for one in of_fhir)
    assert [one["control_id"] for one in of_fhir] == [
        "Patient/p1",
        "Encounter/e1",
        "Observation/heart-1",
        "Observation/bad",
    ]
    assert [one["ack"] for one in of_fhir] == ["200", "200", "200", "422"]
    assert of_fhir[2]["records"][0]["patient_of"] == NUMBER
    assert of_fhir[3]["told"][0]["place"] == "Bundle.entry[3].resource.subject"


def test_lines_are_read_each_and_one_that_is_no_json_is_told(tmp_path: Path) -> None:
    lines = [json.dumps(an_observation()), "no json", "", json.dumps(an_observation(id="h2"))]
    (tmp_path / "bulk.ndjson").write_text("\n".join(lines))
    result = CliRunner().invoke(app, ["decode", str(tmp_path / "bulk.ndjson"), "--json"])
    assert len(result.stdout.splitlines()) == 2
    assert "line 2 is no JSON object" in result.stderr


def test_logical_ids_count_where_the_site_says_so(tmp_path: Path) -> None:
    (tmp_path / "one.json").write_text(json.dumps(an_observation(subject={"reference": "Patient/p1"})))
    assert decoded(tmp_path)[0]["ack"] == "422"
    assert decoded(tmp_path, "--id-authority", "EHR")[0]["records"][0]["patient_of"] == "p1"


def test_a_resource_is_shown_to_a_reader(tmp_path: Path) -> None:
    (tmp_path / "one.json").write_text(json.dumps(an_observation()))
    result = CliRunner().invoke(app, ["decode", str(tmp_path)])
    assert "heart_rate_bpm 92.0" in result.stdout
