"""What a control code means: an order that is over is never read as one that begins, and nothing is guessed."""

from contextlib import suppress
from itertools import product

import pytest

from stream.gateway.order_control import _CONTROLS, _STATUSES, effect_of
from stream.gateway.trouble import LeftOut

# HL7 table 0119, version 2.8.2, whole.
TABLE_0119 = [
    "AF", "CA", "CH", "CN", "CR", "DC", "DE", "DF", "DR", "FU", "HD", "HR", "IN", "LI", "MC", "NA",
    "NW", "OC", "OD", "OE", "OF", "OH", "OK", "OP", "OR", "PA", "PR", "PY", "RC", "RE", "RF", "RL",
    "RO", "RP", "RQ", "RR", "RU", "SC", "SN", "SR", "SS", "UA", "UC", "UD", "UF", "UH", "UM", "UN",
    "UR", "UX", "XO", "XR", "XX",
]  # fmt: skip
ENDING = {"CA", "OC", "CR", "DC", "OD", "DR", "RP", "RQ", "RU", "UA"}


@pytest.mark.parametrize("code", TABLE_0119)
def test_every_code_of_the_table_has_its_meaning_or_a_reason(code: str) -> None:
    with suppress(LeftOut):
        assert (effect_of(code, "", 1).effect == "stopped") is (code in ENDING)
        return
    assert code not in ENDING


@pytest.mark.parametrize(
    ("code", "effect"),
    [("NW", "ordered"), ("OK", "ordered"), ("XO", "ordered"), ("RL", "ordered"), ("RE", "ordered"), ("HD", "held"),
     ("DC", "stopped"), ("CA", "stopped"), ("RP", "stopped"), ("RO", "ordered"), ("UD", "ordered"), ("dc", "stopped")],
)  # fmt: skip
def test_the_usual_codes(code: str, effect: str) -> None:
    assert effect_of(code, "", 1).effect == effect


@pytest.mark.parametrize("code", ["", "ZZ", "N", "NWX", "SC", "UH", "UX", "UM", "DE", "NA", "RF", "PA"])
def test_what_says_nothing_certain_is_left_out(code: str) -> None:
    with pytest.raises(LeftOut):
        effect_of(code, "", 1)


@pytest.mark.parametrize(
    ("code", "status"), [*product(_CONTROLS, ["DC", "CA", "RP", "Discontinued", "cancelled", "EXPIRED"])]
)
def test_with_a_status_that_ends_it_no_order_begins(code: str, status: str) -> None:
    with suppress(LeftOut):
        assert effect_of(code, status, 1).effect == "stopped"


@pytest.mark.parametrize(("code", "status"), [*product(sorted(ENDING), [*_STATUSES, "", "odd"])])
def test_what_ends_it_counts_whatever_the_status_was(code: str, status: str) -> None:
    assert effect_of(code, status, 1).effect == "stopped"


@pytest.mark.parametrize(
    ("code", "status", "effect"),
    [("SC", "CM", "completed"), ("SC", "IP", "running"), ("SC", "DC", "stopped"), ("XO", "CM", "completed"),
     ("RE", "IP", "running"), ("SR", "HD", "held"), ("NW", "IP", "ordered"), ("HD", "IP", "held")],
)  # fmt: skip
def test_where_the_code_leaves_it_open_the_status_counts(code: str, status: str, effect: str) -> None:
    assert effect_of(code, status, 1).effect == effect


def test_an_odd_status_is_told_and_an_unknown_order_refused() -> None:
    assert effect_of("NW", "E", 3).remark is not None
    with pytest.raises(LeftOut, match="no such order"):
        effect_of("SC", "ER", 1)
