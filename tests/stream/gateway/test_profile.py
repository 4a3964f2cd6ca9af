"""Sender profiles: what is shipped holds together, and a site's own file is taken or refused in one sentence."""

import re
from pathlib import Path

import pytest

import stream.gateway
from schemas.wire import Wire
from stream.gateway.profile import Profile, ProfileError, load, names, recognise
from tests.builders.hl7_messages import PERSON, observed
from tests.stream.gateway.test_translate import translated

SITE = """
name = "ward-7"
description = "The engine of ward 7"
source = "Its interface description, 2026"
extends = ["plain"]
zone = "Europe/Berlin"
charset = "latin-1"
off_values = [-7]
system = "99WARD"
codes = [{ code = "HF", field = "heart_rate_bpm", method = "ecg", unit = "/min", source = "the same" }]
units = [{ code = "Schl", unit = "/min", source = "the same" }]

[answers]
again = "AE"
never = "AR"
"""


def a_site(folder: Path, text: str = SITE, name: str = "site.toml") -> Path:
    path = folder / name
    path.write_text(text, "utf-8")
    return path


@pytest.mark.parametrize("name", names())
def test_every_shipped_profile_loads_under_its_own_name_and_says_where_it_is_from(name: str) -> None:
    profile = load(name)
    assert profile.name == name
    assert profile.description
    assert len(profile.source) > 3


@pytest.mark.parametrize("name", names())
def test_every_row_of_a_shipped_profile_names_its_source(name: str) -> None:
    sources = [row.source for row in (*load(name).codes, *load(name).units, *load(name).alarms)]
    assert [one for one in sources if len(one) < 12] == []  # none is only the short name of one that is not explained


def test_the_shipped_profiles_are_those_of_the_named_makers() -> None:
    assert set(names()) == {
        "pcd-01",
        "loinc",
        "plain",
        "philips-iic",
        "philips-cm100",
        "philips-efficia",
        "philips-suresigns",
        "ge-b40",
        "ge-vc150",
        "ge-b1x5",
        "ge-carescape",
        "ge-mural",
        "mindray-egateway",
        "mindray-gateway",
        "mindray-vs",
        "nihon-kohden",
        "comen",
        "edan",
        "welch-allyn",
        "masimo",
        "fhir",
        "northern",
    }


def test_a_site_writes_its_own_profile_on_top_of_a_shipped_one(tmp_path: Path) -> None:
    profile = load(a_site(tmp_path))
    assert (profile.zone, profile.charset, profile.answers.again) == ("Europe/Berlin", "latin-1", "AE")
    assert profile.by_code["99WARD", "HF", ""].field == "heart_rate_bpm"
    assert profile.by_code["MDC", "147842", ""].field == "heart_rate_bpm"
    assert profile.is_off(-7)
    assert profile.is_off(-999)  # as the profile that it extends says


def test_a_profile_may_extend_a_file_beside_it_and_its_row_of_a_code_stands_before_the_others(tmp_path: Path) -> None:
    a_site(tmp_path)
    child = a_site(
        tmp_path,
        'name = "bed-3"\ndescription = "d"\nsource = "s"\nextends = ["site.toml"]\nsystem = "MDC"\n'
        'codes = [{ code = "147842", not_used = "the electrode is a dummy", source = "the ward" }]',
        "child.toml",
    )
    profile = load(child)
    assert profile.zone == "Europe/Berlin"
    assert profile.by_code["MDC", "147842", ""].not_used == "the electrode is a dummy"
    assert load("plain").by_code["MDC", "147842", ""].not_used is None


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (("Europe/Berlin", "Europe/Nowhere"), r"site\.toml: zone: there is no time zone 'Europe/Nowhere'"),
        (("Europe/Berlin", "Europe"), r"site\.toml: zone: there is no time zone 'Europe'"),
        (("Europe/Berlin", 300 * "Z"), r"site\.toml: zone: there is no time zone 'Z+'"),
        (('"latin-1"', '"latin-99"'), r"site\.toml: charset: there is no character set 'latin-99'"),
        (('"heart_rate_bpm"', '"pulse"'), r"site\.toml: codes\[0\]: labs has no field pulse"),
        (('"ecg"', '"finger"'), r"site\.toml: codes\[0\]: method 'finger' is none of ecg, unstated, .*"),
        (
            ('unit = "/min", source = "the same" }]\nunits', 'unit = "m", source = "x1" }]\nunits'),
            r".*\[0\]: unit 'm' is.*",
        ),
        (
            ('code = "Schl", unit = "/min"', 'code = "Schl", unit = "furlong"'),
            r"site\.toml: units\[0\]: unit 'furlong'.*",
        ),
        (
            ("off_values = [-7]", 'off_values = ["off"]'),
            r"site\.toml: off_values\[0\]: Input should be .*",
        ),
        (
            ("units = [", 'alarms = [{ code = "R", priority = "red", source = "xx" }]\nunits = ['),
            r"site\.toml: alarms\[0\]\.priority: Input should be 'high', 'medium' or 'low'",
        ),
        (("off_values", "off_valves"), r"site\.toml: off_valves: Extra inputs are not permitted"),
        (('description = "The engine of ward 7"', ""), r"site\.toml: description: Field required"),
        (('code = "HF", ', ""), r"site\.toml: codes\[0\]: it has neither a code nor a name"),
        ((', source = "the same" }]\nunits', " }]\nunits"), r"site\.toml: codes\[0\]\.source: Field required"),
        (('again = "AE"', 'again = "ME"'), r"site\.toml: answers\.again: Input should be 'AE', 'AR' or 'none'"),
        (('["plain"]', '["plane"]'), r"site\.toml: extends: there is no profile 'plane'"),
        (
            ('["plain"]', f'["{300 * "n"}"]'),
            r"site\.toml: extends: n+: the file can't be read as UTF-8 text",
        ),
        (('["plain"]', '["site.toml"]'), r".*site\.toml: extends: it extends itself by way of .*"),
        (("zone =", "zone"), r"site\.toml: the file is no TOML: .*"),
        (
            ("codes = [{", 'codes = [{ code = "hf", field = "spo2_percent", method = "oximeter", source = "xx" }, {'),
            r"site\.toml: codes\[1\]: the code 'HF' has a row before it",
        ),
        (
            (
                "codes = [{",
                'codes = [{ names = ["N"], not_used = "so", source = "xx" }, { names = ["n"], ',
            ),
            r"site\.toml: codes\[1\]: the name 'n' means something else in a row before it",
        ),
        (
            ('method = "ecg"', 'method = "ecg", not_used = "why"'),
            r"site\.toml: codes\[0\]: it has a field, and a reason why it is not used",
        ),
    ],
)
def test_a_broken_profile_is_refused_in_one_sentence_that_names_file_and_key(
    tmp_path: Path, change: tuple[str, str], sentence: str
) -> None:
    path = a_site(tmp_path, SITE.replace(*change))
    with pytest.raises(ProfileError) as refused:
        load(path)
    said = str(refused.value)
    assert "\n" not in said
    assert re.fullmatch(sentence, said.replace(f"{tmp_path}/", "")), said


@pytest.mark.parametrize("stated", ["nobody.toml", "nobody", "../profiles/plain", ""])
def test_a_profile_that_is_not_there_is_refused_by_name(stated: str) -> None:
    with pytest.raises(ProfileError, match=r"there is no (profile|such file)"):
        load(stated)


@pytest.mark.parametrize(
    ("header", "name"),
    [
        ({"systems": ["MDIL"]}, "philips-iic"),
        ({"application": ["", "EfficiaCM"], "systems": ["MDIL-ALERT"]}, "philips-efficia"),
        ({"application": ["", "EfficiaCM"], "systems": ["MDIL"]}, "philips-efficia"),
        ({"application": ["VSP", "080019FFFE000000", "EUI-64"], "facility": ["GE Healthcare"]}, "ge-b40"),
        ({"application": ["VSP"]}, None),
        ({"application": ["GE_Mural_XY"]}, "ge-mural"),
        ({"application": ["MINDRAY_VS900", "00A0370000000000", "EUI-64"]}, "mindray-vs"),
        ({"application": ["MINDRAY_EGATEWAY", "00A0370000000000", "EUI-64"], "systems": ["MDC"]}, "mindray-egateway"),
        ({"systems": ["MDC", "99MNDRY"]}, "mindray-egateway"),
        ({"application": ["Mindray"], "facility": ["Gateway"], "version": "2.3.1"}, "mindray-gateway"),
        ({"application": ["Mindray"], "facility": ["Gateway"], "version": "2.6"}, None),
        ({"application": ["NIHON KOHDEN"]}, "nihon-kohden"),
        ({"systems": ["MDC", "99COMEN"]}, "comen"),
        ({"systems": ["EHC"]}, "edan"),
        ({"systems": ["WAP"]}, "welch-allyn"),
        ({"message_profiles": ["IHE_PCD_001", "IHE PCD", "1.3.6.1.4.1.19376.1.6.1.1.1", "ISO"]}, "pcd-01"),
        ({"systems": ["MDC"]}, None),
        ({"systems": ["EHC", "WAP"]}, None),
        ({}, None),
    ],
)
def test_a_sender_is_recognised_only_where_that_is_certain(header: dict[str, list[str]], name: str | None) -> None:
    found: Profile | None = recognise(**header)  # type: ignore[arg-type]
    assert (None if found is None else found.name) == name


def test_the_example_that_a_site_is_given_is_a_profile(tmp_path: Path) -> None:
    text = (Path(stream.gateway.__file__).parent / "profiles" / "README.md").read_text("utf-8")
    (example,) = re.findall(r"```toml\n(.*?)```", text, re.DOTALL)
    profile = load(a_site(tmp_path, example))
    assert profile.by_code["99WARD7", "KT", ""].unit == "Cel"
    assert profile.statuses["Z"] == "off"
    found = profile.alarm("99ward7-alarm", "R", "ST")
    assert found is not None
    assert (found.type, found.priority) == ("physiological", "high")
    assert profile.alarm("MDIL-ALERT", "5", "TX") is not None  # as the profile that it extends says
    assert profile.alarm("99WARD7-ALARM", "S", "ST") is None


@pytest.mark.parametrize("value", ["[" * 5000, "9" * 5000], ids=["nested", "long"])
def test_a_file_that_takes_the_reader_to_its_limits_is_refused_in_a_sentence(tmp_path: Path, value: str) -> None:
    file = tmp_path / "site.toml"
    file.write_text(f"zone = {value}", encoding="utf-8")
    with pytest.raises(ProfileError, match=r"site\.toml: the file is nested too deep, or has too long a number"):
        load(file)


def test_a_vc150_that_sends_texts_without_codes_and_units_is_read_whole() -> None:
    profile = (
        "MSH|^~\\&|VC150|84:2F:75:00:00:01|Gateway|Hospital|20261121101501.613+0100||ORU^R01^ORU_R01|9-01|P|2.6|||NE|AL"
    )
    values = {
        "RESPRate": "18",
        "LevelOfConsciousness": "Voice",
        "SupplementOxygen": "Yes",
        "MDC_PULS_OXIM_SAT_O2": "91",
        "MDC_TEMP": "38.2",
        "MDC_PULS_OXIM_PULS_RATE": "104",
        "MDC_PRESS_BLD_NONINV_SYS": "101",
        "MDC_PRESS_BLD_NONINV_DIA": "63",
    }
    observations = [
        f"OBX|{number}|ST|{name}|1.1.1.1|{value}||||||F|||20261121101450.000+0100"
        for number, (name, value) in enumerate(values.items(), 1)
    ]
    sent = "\r".join([profile, PERSON, "OBR|1|1^1^1^ISO|1^1^1^ISO|VITALS^Vital Signs^VSM|||", *observations]) + "\r"
    said = translated(sent.encode())
    (event,) = said.events
    assert isinstance(event.record, Wire)
    assert event.record.model_dump(exclude_none=True, exclude={"patient", "time", "device"}) == {
        "respiratory_rate_per_min": 18.0,
        "consciousness": "voice",
        "on_oxygen": True,
        "spo2_percent": 91.0,
        "temperature_celsius": 38.2,
        "heart_rate_bpm": 104.0,
        "systolic_mmhg": 101.0,
        "diastolic_mmhg": 63.0,
    }
    assert said.troubles == []


@pytest.mark.parametrize("trigger", ["R30", "R31", "R32"])
def test_a_result_from_the_bedside_is_read_as_any_other(trigger: str) -> None:
    sent = observed("OBX|1|NM|2823-3^Kalium^LN||4.1|mmol/L|||||F").replace(
        b"ORU^R01^ORU_R01", f"ORU^{trigger}".encode()
    )
    (event,) = translated(sent).events
    assert event.topic == "labs"
