"""Who a message is about: the identifier and the whole of who assigned it; a filler is nobody."""

from dataclasses import replace

import pytest

from models.deidentify.keyed import Keyed
from stream.gateway.conventions import Conventions
from tests.builders.hl7_messages import SYSTOLIC, message, observed, pseudonym_in, request
from tests.stream.gateway.test_translate import READING, refusal, translated


def name(identifier: str, reading: Conventions = READING) -> str:
    return pseudonym_in(message(f"PID|||{identifier}"), reading)


def test_a_pseudonym_of_a_plain_name_is_what_it_has_always_been() -> None:
    key = Keyed(b"a key of sixteen bytes or more")
    assert name("700123^^^HOSPITAL^MR") == f"p-{key.name('patient|HOSPITAL|700123')}"
    assert name("700123") == f"p-{key.name('patient||700123')}"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("7^^^&1.2.3&ISO", "7^^^&1.2.4&ISO"),
        ("7^^^H&1.2.3&ISO", "7^^^H&1.2.4&ISO"),
        ("7^^^H&1.2.3&ISO", "7^^^H"),
        ("7^^^&a.example&DNS", "7^^^&b.example&DNS"),
        ("7^^^&1.2.3&ISO", "7"),
        ("7^^^^MR^HOUSE-A", "7^^^^MR^HOUSE-B"),
        ("7^^^A\\F\\B", "B\\F\\7^^^A"),
        ("7^^^A", "7^^^B"),
    ],
)
def test_two_authorities_are_two_patients(one: str, other: str) -> None:
    assert name(one) != name(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("7^^^&1.2.3&ISO", "7^^^H&1.2.3&ISO"),
        ("7^^^&1.2.3&ISO", "7^^^&urn:oid:1.2.3&ISO"),
        ("7^^^&1.2.3&ISO", "7^^^1.2.3"),
        ("7^^^&A.Example&DNS", "7^^^&a.example&dns"),
        ('7^^^""', "7"),
        ("7^^^H^PI", "8^^^X^SS~7^^^H^MR"),
        ("0^^^H^MR~7^^^H^PI", "7^^^H^PI"),
    ],
)
def test_one_authority_is_one_however_it_is_written(one: str, other: str) -> None:
    assert name(one) == name(other)


def test_a_site_can_say_that_two_names_are_one_authority() -> None:
    here = replace(READING, same_authority={"1.2.3": "HOSPITAL", "HOSP": "HOSPITAL"})
    names = {name(one, here) for one in ("7^^^HOSPITAL", "7^^^HOSP", "7^^^&1.2.3&ISO", "7^^^HOSPITAL&1.2.3&ISO")}
    assert names == {name("7^^^HOSPITAL")}


def test_a_bare_identifier_is_of_the_configured_authority_by_name_or_oid() -> None:
    assert name("7", replace(READING, authority="H")) == name("7^^^H")
    assert name("7", replace(READING, authority="1.2.3")) == name("7^^^&1.2.3&ISO")


@pytest.mark.parametrize(
    "nobody",
    [
        "",
        '""',
        "0",
        "0000000",
        "-",
        "--",
        "UNKNOWN",
        "Unknown",
        "unk",
        "N/A",
        "?",
        "...",
        "no id",
        "NULL",
        "000-00-0000",
    ],
)
def test_a_filler_names_nobody(nobody: str) -> None:
    assert refusal(message(f"PID|||{nobody}^^^H^MR", request(), SYSTOLIC)) == ("PID^1^3", "101")


@pytest.mark.parametrize("somebody", ["0001", "A0", "100", "UNKNOWN-7", "N12"])
def test_what_only_looks_like_a_filler_is_somebody(somebody: str) -> None:
    assert translated(message(f"PID|||{somebody}", request(), SYSTOLIC)).records[0].filed.label == somebody


def test_a_site_has_fillers_of_its_own() -> None:
    here = replace(READING, fillers=frozenset({"99999", "gast"}))
    for filler in ("99999", "GAST"):
        assert refusal(message(f"PID|||{filler}", request(), SYSTOLIC), here) == ("PID^1^3", "101")


def test_no_pseudonym_tells_the_identifier() -> None:
    assert "700123" not in str(translated(observed(SYSTOLIC)).events)
