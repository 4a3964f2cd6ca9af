"""A name beside a code contradicts it where it tells another measurement, and says nothing where it tells none."""

import tomllib
from importlib import resources

import pytest

from schemas.wire import Wire
from stream.gateway.codes import NotUsed
from stream.gateway.names import contradicts
from tests.builders.hl7_messages import observed
from tests.stream.gateway.test_codes import meant
from tests.stream.gateway.test_translate import translated


@pytest.mark.parametrize(
    ("code", "name"),
    [
        ("17861-6", "CRP"),
        ("17861-6", "Kalsium ionisert"),
        ("17861-6", "Calcium, ionized"),
        ("2823-3", "Natrium"),
        ("2345-7", "Glucose in Urine"),
        ("2345-7", "Glukose im Harn"),
        ("2160-0", "Creatine kinase"),
        ("2160-0", "Creatinine clearance"),
        ("718-7", "HbA1c"),
        ("718-7", "Erythrozyten"),
        ("1975-2", "Bilirubin direkt"),
        ("1968-7", "Total bilirubin"),
        ("10839-9", "Troponin T"),
        ("2524-7", "LDH"),
        ("2777-1", "Alkaline phosphatase"),
        ("2019-8", "pCO2 venös"),
        ("9279-1", "Herzfrequenz"),
        ("8867-4", "Heart rate fetal"),
        ("8310-5", "Skin temperature"),
        ("150456", "MDC_CO2_ET"),
    ],
)
def test_a_name_of_another_measurement_or_of_another_kind_of_it_contradicts_the_code(code: str, name: str) -> None:
    found = meant(f"{code}^{name}^{'MDC' if code.isdecimal() else 'LN'}")
    assert isinstance(found, NotUsed)
    assert found.kind == "disagrees"


@pytest.mark.parametrize(
    ("code", "name"),
    [
        ("2823-3", "Kalium"),
        ("3094-0", "Harnstoff"),
        ("3094-0", "Urinstoff"),
        ("718-7", "Hämoglobin"),
        ("4544-3", "Hématocrite"),
        ("6690-2", "Leukozyten"),
        ("14979-9", "Activated partial thromboplastin time"),
        ("2019-8", "pCO2 arteriell"),
        ("1963-8", "Bikarbonat"),
        ("8867-4", "Rythme cardiaque"),
        ("8480-6", "Systolisk blodtrykk"),
        ("8310-5", "Kroppstemperatur"),
        ("59408-5", "Pulse oximetry"),
        ("6690-2", "LEU K/uL"),
        ("2160-0", "CREA mg/dL"),
        ("2345-7", "POCT 17"),
        ("2345-7", "\u8840\u7cd6"),  # "blood sugar" in Chinese: of words that are not known nothing follows
        ("188420", "MDC_TEMP_RECTAL"),
    ],
)
def test_a_name_in_another_language_or_of_no_known_word_costs_no_value(code: str, name: str) -> None:
    assert not isinstance(meant(f"{code}^{name}^{'MDC' if code.isdecimal() else 'LN'}"), NotUsed)


def test_a_value_under_a_name_that_contradicts_is_told_and_never_taken() -> None:
    said = translated(observed("OBX|1|NM|17861-6^CRP^LN||85|mg/L|||||F", "OBX|2|NM|2823-3^Kalium^LN||4.5|mmol/L|||||F"))
    (event,) = said.events
    assert isinstance(event.record, Wire)
    assert event.record.model_dump(exclude_none=True).keys() & {"calcium_mg_per_dl", "potassium_mmol_per_l"} == {
        "potassium_mmol_per_l"
    }
    assert [(one.where, one.code) for one in said.troubles] == [("OBX^1^3", "103")]


def test_no_name_of_loinc_itself_contradicts_its_own_code() -> None:
    shipped = resources.files("stream.gateway") / "profiles" / "loinc.toml"
    rows = [row for row in tomllib.loads(shipped.read_text("utf-8"))["codes"] if "field" in row]
    named = [(row["field"], row["source"].partition(": ")[2].partition(";")[0]) for row in rows]
    assert len(named) > 60
    assert [name for field, name in named if contradicts(field, name)] == []
