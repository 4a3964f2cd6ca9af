"""What the codes of observations mean, by system, number, reference id and sender; and what is not used, and why."""

import re

import pytest

from stream.gateway.codes import Meaning, NotUsed, look_up, system_of, word
from stream.gateway.profile import load, names
from stream.gateway.quantities import BY_PLACE, STATED

PLAIN = load("plain")


def meant(code: str, profile: str = "plain", sub_id: str = "") -> Meaning | NotUsed:
    """The meaning of an OBX-3 as it is written."""
    parts = [*code.split("^"), "", "", "", "", "", ""][:6]
    identifier, text, system, alternate, alternate_text, alternate_system = parts
    return look_up(load(profile), identifier, text, alternate, alternate_text, system, alternate_system, sub_id)


def field(code: str, profile: str = "plain", sub_id: str = "") -> tuple[str, str] | str:
    """Field and way of measuring, or why it is not used."""
    found = meant(code, profile, sub_id)
    return (found.field, found.method) if isinstance(found, Meaning) else found.kind


HEART_RATE = ("heart_rate_bpm", "ecg")


@pytest.mark.parametrize(
    "code",
    [
        "147842^MDC_ECG_HEART_RATE^MDC",
        "147842^^MDC",
        "147842^MDC_ECG_HEART_RATE",
        "147842^Heart rate^MDC",
        "147842^mdc_ecg_heart_rate^mdc",
        "147842^MDC_ECG_HEART_RATE^2.16.840.1.113883.6.24",
        "147842^MDC_ECG_HEART_RATE^urn:oid:1.2.840.10004.1.1.1.0.0.1",
        "147842^MDC_ECG_HEART_RATE^ISO/IEEE 11073-10101",
        "147842^MDC_ECG_CARD_BEAT_RATE^MDC",
        "MDC_ECG_HEART_RATE^MDC_ECG_HEART_RATE^MDC",
        "MDC_ECG_HEART_RATE^^MDC",
        "^MDC_ECG_HEART_RATE^MDC",
        "^MDC_ECG_HEART_RATE",
        "MDC_ECG_HEART_RATE",
        "HR^Heart rate^99OWN^147842^MDC_ECG_HEART_RATE^MDC",
        "HR^Heart rate^99OWN^147842^MDC_ECG_HEART_RATE",
    ],
)
def test_an_mdc_term_is_known_by_number_by_reference_id_and_by_both(code: str) -> None:
    assert field(code) == HEART_RATE
    found = meant(code)
    assert isinstance(found, Meaning)
    assert found.remark is None


@pytest.mark.parametrize(
    "code",
    [
        "8867-4^Heart rate^LN",
        "8867-4^^LN",
        "8867-4^Puls^ln",
        "8867-4^Heart rate^LOINC",
        "8867-4^Heart rate^LNC",
        "8867-4^Heart rate^2.16.840.1.113883.6.1",
        "8867-4^Heart rate^http://loinc.org",
        "8867-4^Heart rate",
        "HR^Heart rate^99OWN^8867-4^Heart rate^LN",
    ],
)
def test_loinc_is_known_under_each_of_its_names_and_by_its_form(code: str) -> None:
    assert field(code) == ("heart_rate_bpm", "unstated")


@pytest.mark.parametrize(
    "code",
    [
        "HR^Heart rate^99GE",
        "147842^^",
        "147842^Heart rate",
        "147842^^99OWN",
        "8867-4^Heart rate^99OWN",
        "8867-4^Heart rate^MDC",
        "147842^MDC_ECG_HEART_RATE^LN",
        "131072^ECG_HR^EHC",
        "0002-4182^HR^MDIL",
        "101^HR",
        "1-1^something^LN",
        "^^",
    ],
)
def test_a_code_counts_in_its_own_system_and_for_its_own_sender_only(code: str) -> None:
    assert field(code) == "unknown"


@pytest.mark.parametrize(
    "code",
    [
        "150031^MDC_PRESS_CUFF_SYS^MDC",  # the number is the mean pressure in the aorta
        "150017^MDC_PRESS_BLD_NONINV_SYS^MDC",  # the number does not say in which vessel
        "147842^MDC_PULS_OXIM_SAT_O2^MDC",
        "150045^MDC_PRESS_BLD_ART_SYS^MDC",  # the number is of the pulmonary artery
        "150999^MDC_PRESS_CUFF_SYS^MDC",
        "MDC_ECG_HEART_RATE^MDC_TEMP^MDC",
        "147842^SpO2^MDC",
        "8867-4^SpO2^LN",
        "8480-6^Diastolic blood pressure^LN",
        "9279-1^Temperature^LN",
        "8480-6^Systolic blood pressure^LN^8462-4^Diastolic blood pressure^LN",
        "147842^MDC_ECG_HEART_RATE^MDC^2708-6^SpO2^LN",
    ],
)
def test_codes_and_names_of_two_measurements_are_not_used(code: str) -> None:
    assert field(code) == "disagrees"


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("150021^MDC_PRESS_BLD_ART_SYS^MDC", ("systolic_mmhg", "cuff")),
        ("150033^MDC_PRESS_CUFF_SYS^MDC", ("systolic_mmhg", "cuff")),
        ("149522^MDC_PULS_RATE^MDC", ("heart_rate_bpm", "pulse")),
        ("147842^MDC_ECG_HARTE_RATE^MDC", HEART_RATE),  # spelt wrongly
    ],
)
def test_two_terms_of_one_measurement_count_as_the_lesser_of_both_and_are_told(
    code: str, expected: tuple[str, str]
) -> None:
    found = meant(code)
    assert isinstance(found, Meaning)
    assert (found.field, found.method) == expected
    assert found.remark is not None


@pytest.mark.parametrize(
    "code",
    [
        "8480-6^NBP Systolic^LN",
        "8478-0^MAP^LN",
        "8889-8^SpO2 pulse rate^LN",
        "59408-5^Oxygen saturation by pulse oximetry^LN",
        "19889-5^etCO2^LN",
        "8867-4^HEART_BEAT^LN",
        "8867-4^Herzfrequenz^LN",
        "8310-5^Body temperature probe^LN",
        "8480-6^Blood pressure systolic^LN",
    ],
)
def test_a_name_in_words_that_does_not_contradict_is_no_matter(code: str) -> None:
    assert isinstance(meant(code), Meaning)


def test_a_code_that_is_known_not_to_count_does_not_count_by_its_alternative() -> None:
    assert field("150045^MDC_PRESS_BLD_ART_PULM_SYS^MDC^8480-6^Systolic blood pressure^LN") == "no place"


@pytest.mark.parametrize(
    ("better", "lesser"),
    [
        ("147842^MDC_ECG_HEART_RATE^MDC", "149530^MDC_PULS_OXIM_PULS_RATE^MDC"),
        ("149522^MDC_BLD_PULS_RATE_INV^MDC", "149530^MDC_PULS_OXIM_PULS_RATE^MDC"),
        ("149530^MDC_PULS_OXIM_PULS_RATE^MDC", "149546^MDC_PULS_RATE_NON_INV^MDC"),
        ("150037^MDC_PRESS_BLD_ART_ABP_SYS^MDC", "150301^MDC_PRESS_CUFF_SYS^MDC"),
        ("150034^MDC_PRESS_BLD_ART_DIA^MDC", "150022^MDC_PRESS_BLD_NONINV_DIA^MDC"),
        ("150039^MDC_PRESS_BLD_ART_ABP_MEAN^MDC", "150303^MDC_PRESS_CUFF_MEAN^MDC"),
        ("76215-3^^LN", "76534-7^^LN"),
        ("76534-7^^LN", "8480-6^^LN"),
        ("151562^MDC_RESP_RATE^MDC", "151594^MDC_CO2_RESP_RATE^MDC"),
        ("150368^MDC_TEMP_CORE^MDC", "150344^MDC_TEMP^MDC"),
        ("188420^MDC_TEMP_RECT^MDC", "188452^MDC_TEMP_AXILLA^MDC"),
        ("150344^MDC_TEMP^MDC", "188496^MDC_TEMP_AXIL^MDC"),
        ("152196^MDC_CONC_AWAY_O2_INSP^MDC", "19994-3^^LN"),
        ("2518-9^^LN", "2524-7^^LN"),
    ],
)
def test_of_two_ways_to_measure_one_thing_the_better_has_the_lower_rank(better: str, lesser: str) -> None:
    first, second = meant(better), meant(lesser)
    assert isinstance(first, Meaning)
    assert isinstance(second, Meaning)
    assert first.field == second.field
    assert first.rank < second.rank


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("69965^MDC_DEV_MON_PHYSIO_MULTI_PARAM_MDS^MDC", "structure"),
        ("70666^MDC_DEV_ECG_RESP_VMD^MDC", "structure"),
        ("68165^MDC_ATTR_EVENT_PHASE^MDC", "structure"),
        ("0^MDC_ATTR_SAMP_RATE^MDC", "structure"),
        ("153728^MDC_SCORE_GLAS_COMA^MDC", "no place"),
        ("9269-2^Glasgow coma score total^LN", "no place"),
        ("150388^MDC_TEMP_SKIN^MDC", "no place"),
        ("150047^MDC_PRESS_BLD_ART_PULM_MEAN^MDC", "no place"),
        ("150087^MDC_PRESS_BLD_VEN_CENT_MEAN^MDC", "no place"),
        ("150017^MDC_PRESS_BLD_SYS^MDC", "no place"),
        ("89579-7^hs troponin I^LN", "no place"),
        ("6598-7^Troponin T^LN", "no place"),
    ],
)
def test_what_is_not_used_has_a_reason_that_carries_nothing_of_the_message(code: str, kind: str) -> None:
    found = meant(code)
    assert isinstance(found, NotUsed)
    assert found.kind == kind
    assert len(found.reason) > 10
    assert found.code == code.removesuffix("^")
    assert not re.search(r"\d{4}", found.reason)


@pytest.mark.parametrize(
    ("profile", "code", "sub_id", "expected"),
    [
        ("philips-iic", "0002-4182^HR^MDIL", "0", HEART_RATE),
        ("philips-iic", "0002-4a05^NBPs^MDIL", "0", ("systolic_mmhg", "cuff")),
        ("philips-iic", "0002-4A17^ABPm^MDIL", "0", ("mean_arterial_mmhg", "arterial line")),
        ("philips-iic", "0002-50b0^etCO2^MDIL", "0", ("etco2_mmhg", "capnography")),
        ("philips-iic", "0002-4a1d^PAPs^MDIL", "0", "no place"),
        ("philips-iic", "0002-f828^SpRR^MDIL", "0", "unconfirmed"),
        ("philips-efficia", "0002-4bb8^SpO2^MDIL", "", ("spo2_percent", "oximeter")),
        ("philips-suresigns", "0401-0068^YSI^MDIL", "", ("temperature_celsius", "unstated")),
        ("philips-suresigns", "0002-4a05^ABPs^MDIL", "", ("systolic_mmhg", "cuff")),
        ("ge-b40", "150033^MDC_PRESS_BLD_ART_SYS^MDC", "1.13.1.1", ("systolic_mmhg", "arterial line")),
        ("mindray-egateway", "364^MNDRY_BLD_PULS_RATE_ART_ABP^99MNDRY", "", ("heart_rate_bpm", "arterial line")),
        ("mindray-egateway", "150348^MDC_TEMP_FOLEY^MDC", "", ("temperature_celsius", "bladder")),
        ("mindray-egateway", "19^MNDRY_EWS_LOC_AVPU^99MNDRY", "", ("consciousness", "stated")),
        ("mindray-vs", "150302^MDC_PRESS_CUFF_DIA^MDC", "1.1.9.150302", ("diastolic_mmhg", "cuff")),
        ("mindray-gateway", "101^HR", "2101", HEART_RATE),
        ("mindray-gateway", "170^Sys", "2105", ("systolic_mmhg", "cuff")),
        ("mindray-gateway", "500^Sys", "2116", ("systolic_mmhg", "arterial line")),
        ("mindray-gateway", "600^PR", "2115", "disagrees"),
        ("nihon-kohden", "001000^VITAL HR", "1", HEART_RATE),
        ("nihon-kohden", "009001^NIBP DIAS", "1", ("diastolic_mmhg", "cuff")),
        ("nihon-kohden", "003000^VITAL RESP", "1", ("respiratory_rate_per_min", "impedance")),
        ("nihon-kohden", "072007^VITAL rPR(spo2)", "1", "no place"),
        ("nihon-kohden", "005002^VITAL ART(M)", "1", "unconfirmed"),
        ("nihon-kohden", "001000^VITAL SpO2", "1", "disagrees"),
        ("comen", "149522^MDC_PULS_RATE^MDC", "1.0.0.149522", ("heart_rate_bpm", "pulse")),
        ("comen", "2267^COMEN_ACVPU^99COMEN", "", ("consciousness", "stated")),
        ("comen", "2271^COMEN_O2_SRC^99COMEN", "", "no place"),
        ("edan", "131072^ECG_HR^EHC", "", HEART_RATE),
        ("edan", "393217^NIBP_SYS^EHC", "", "disagrees"),
        ("welch-allyn", "Heart Rate^Heart Rate^WAP", "", ("heart_rate_bpm", "unstated")),
        ("welch-allyn", "NIBP^NIBP^WAP", "SYS", ("systolic_mmhg", "cuff")),
        ("welch-allyn", "NIBP^NIBP^WAP", "MEAN", ("mean_arterial_mmhg", "cuff")),
        ("welch-allyn", "NIBP^NIBP^WAP", "", "unknown"),
        ("welch-allyn", "IBP-1^IBP-1^WAP", "SYS", "no place"),
        ("welch-allyn", "Respiration^Respiration^WAP", "", "unconfirmed"),
    ],
)
def test_a_senders_private_codes_mean_what_its_public_guides_say(
    profile: str, code: str, sub_id: str, expected: tuple[str, str] | str
) -> None:
    assert field(code, profile, sub_id) == expected


@pytest.mark.parametrize("name", names())
def test_every_row_of_a_profile_is_found_by_its_code_and_by_its_names(name: str) -> None:
    profile = load(name)
    for row in profile.codes:
        written = [(row.code, "")] if row.code else []
        written += [(row.code, one) for one in row.names]
        for code, text in written:
            found = look_up(profile, code, text, system=row.system, sub_id=row.sub_id)
            if row.not_used is not None:
                assert isinstance(found, NotUsed), row
                assert found.reason == row.not_used
            elif not row.is_confirmed:
                assert isinstance(found, NotUsed), row
                assert found.kind == "unconfirmed"
            elif row.system:  # without a system, a number alone may be another's
                assert isinstance(found, Meaning), row
                assert (found.topic, found.field, found.method) == (row.topic, row.field, row.method)


def test_every_field_of_a_monitor_and_of_a_laboratory_is_reached() -> None:
    reached = {(row.topic, row.field) for row in PLAIN.codes if row.field is not None}
    assert set(BY_PLACE) - reached == {
        ("labs", "fio2_fraction"),  # the ventilator's is a vital sign
        ("labs", "sao2_percent"),  # its code is the one that FHIR gives the oximeter's
    }


@pytest.mark.parametrize(
    ("profile", "written", "expected"),
    [
        ("plain", ("LA9340-6", "Alert", "LN"), "alert"),
        ("plain", ("LA6560-2",), "confusion"),
        ("plain", ("V",), "voice"),
        ("plain", ("responds to PAIN",), "pain"),
        ("plain", ("u",), "unresponsive"),
        ("plain", ("drowsy", "Voice"), "voice"),
        ("plain", ("drowsy",), None),
        ("plain", ("Y",), None),
        ("comen", ("Alert",), "alert"),
        ("comen", ("Other",), None),
        ("mindray-egateway", ("60036", "MNDRY_SCORE_LOC_AVPU_VOICE", "99MNDRY"), "voice"),
        ("plain", ("60036", "MNDRY_SCORE_LOC_AVPU_VOICE", "99MNDRY"), None),
    ],
)
def test_consciousness_comes_as_code_or_word(profile: str, written: tuple[str, ...], expected: str | None) -> None:
    found = meant("67775-7^Level of responsiveness^LN")
    assert isinstance(found, Meaning)
    assert found.dimension == "words"
    assert word(load(profile), found, *written) == expected


def test_oxygen_is_given_where_it_flows_or_where_someone_says_so() -> None:
    flow, stated = meant("3151-8^Inhaled oxygen flow rate^LN"), meant("371825009^Patient on oxygen^SCT")
    assert isinstance(flow, Meaning)
    assert isinstance(stated, Meaning)
    assert (flow.field, flow.dimension) == ("on_oxygen", "flow")
    assert (stated.field, stated.dimension, stated.method) == ("on_oxygen", "words", STATED)
    assert [word(PLAIN, stated, one) for one in ("373066001", "373067005", "A")] == [True, False, None]


def test_a_systems_own_name_stays_and_is_compared_in_capitals() -> None:
    assert system_of("99Ward") == "99WARD"
    assert system_of(" loinc ") == "LN"
    assert system_of("") == ""


@pytest.mark.parametrize("code", ["0^MDC_PULS_OXIM_SAT_O2^MDC", "0^mdc_puls_oxim_sat_o2^MDC", "0^MDC_PULS_OXIM_SAT_O2"])
def test_a_reference_id_without_a_number_yet_is_known_by_its_name(code: str) -> None:
    assert field(code) == ("spo2_percent", "oximeter")


@pytest.mark.parametrize("code", ["531975^MDC_ID_PROD_SPEC_SW^MDC", "^MDC_ID_MODEL_NUMBER^MDC", "531969^^MDC"])
def test_what_tells_a_device_from_others_is_no_observation(code: str) -> None:
    assert field(code) == "structure"


def test_an_efficia_cm100_is_known_by_its_labels() -> None:
    assert field("0002^SpO2^MDIL", "philips-cm100") == ("spo2_percent", "oximeter")
    assert field("0002^Pulse^MDIL", "philips-cm100") == ("heart_rate_bpm", "pulse")
    assert field("0002-4182^HR^MDIL", "philips-cm100") == ("heart_rate_bpm", "ecg")
    assert field("0002^PVC^MDIL", "philips-cm100") == "no place"
    assert field("0002^SpO2^MDIL", "philips-iic") == "disagrees"
