"""An order and a genetic result over HL7 lead to what the same records lead to when a feed writes them to Kafka."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import pytest

from stream.feeds.events import FeedEvent
from stream.gateway.framing import Block
from stream.gateway.memory import Memory
from stream.gateway.reception import read, take
from tests.builders.hl7_orders import (
    BY_MOUTH,
    DAILY,
    GIVE,
    administered,
    control,
    encoded,
    gene,
    genetic,
    phenotype,
)
from tests.builders.ports import ARecord, a_record
from tests.stream.gateway.test_server import READING
from tests.stream.watch.test_handler import Bench

NOW = datetime(2026, 11, 21, 9, 30, tzinfo=UTC)
RESULT = {"time": "2026-11-20T15:00:00Z", "gene": "CYP2C19", "phenotype": "Poor Metabolizer", "source": "PGX LAB"}
ORDER = {"time": "2026-11-21T09:00:00Z", "order": "o-1", "drug": "clopidogrel", "status": "ordered"}


def by_hl7(*messages: bytes) -> list[FeedEvent]:
    memory = Memory()
    arrived = [one for sent in messages for one in read(Block(sent), READING)]
    return [event for one in arrived for event in take(one, READING, memory, NOW).translation.events]


async def proposals(records: Sequence[ARecord]) -> list[dict[str, Any]]:
    """What is proposed, without what only tells one feed from another: ids, and the order's number among the inputs."""
    bench = Bench()
    bench.now_s = NOW.timestamp()
    for offset, one in enumerate(records):
        await bench.take([one._replace(offset=offset, timestamp=round(NOW.timestamp() * 1000))])
    said = bench.said("suggestions")
    assert bench.said("dead-letters") == []
    return [{key: value for key, value in one.items() if key not in {"id", "proposal"}} for one in said]


async def over_hl7(*messages: bytes) -> list[dict[str, Any]]:
    return await proposals([a_record(one.topic, one.value, key=one.key) for one in by_hl7(*messages)])


async def over_kafka(**records: dict[str, Any]) -> list[dict[str, Any]]:
    patient = by_hl7(genetic())[0].patient
    return await proposals([a_record(topic, {"patient": patient} | fields) for topic, fields in records.items()])


@pytest.mark.parametrize(
    "ordered",
    [
        encoded(),
        encoded(control("NW"), f"RXO|{'^Plavix 75 mg tablet'}|75||mg", BY_MOUTH, kind="OMP^O09"),
        encoded(control("NW"), "RXE|^^^|B01AC04^^WC|75||mg"),
        encoded(control("RE"), administered("32968^^RXNORM", "20261121100000+0100"), kind="RAS^O17"),
        encoded(control("HD"), GIVE),
    ],
)
async def test_an_order_against_the_genome_is_proposed_on_alike(ordered: bytes) -> None:
    expected = await over_kafka(genomics=RESULT, medications=ORDER)
    assert [one["rule"] for one in expected if "clopidogrel" in one["rule"]]
    assert await over_hl7(genetic(), ordered) == expected


async def test_by_a_code_alone_the_genetic_result_is_the_same() -> None:
    expected = await over_kafka(genomics=RESULT, medications=ORDER)
    assert await over_hl7(genetic(gene(), phenotype("LA9657-3^^LN")), encoded()) == expected


@pytest.mark.parametrize("code", ["DC", "CA", "OD", "RP"])
async def test_an_order_that_ends_withdraws_the_proposal(code: str) -> None:
    said = await over_hl7(
        genetic(), encoded(control(), DAILY, GIVE), encoded(control(code, said="20261121101400+0100"))
    )
    assert [one["status"] for one in said if "clopidogrel" in one["rule"]][-1] == "withdrawn"
    assert said[-1]["reason"] == "the order was stopped"


async def test_an_order_that_has_ended_is_not_begun_by_what_comes_late() -> None:
    ended = encoded(control("DC"), GIVE)
    late = encoded(control("RE"), administered(time="20261121100500+0100"), kind="RAS^O17")
    assert await over_hl7(genetic(), ended, late) == []


async def test_a_genotype_that_is_not_understood_leaves_the_earlier_result() -> None:
    unread = genetic(gene(), phenotype("LA19541-4^High Risk^LN"), issued="20261121100000+0100")
    assert await over_hl7(genetic(), unread, encoded()) == await over_hl7(genetic(), encoded())


def a_variant(significance: str = "LA6668-3^Pathogenic^LN", issued: str = "20261120160000+0100") -> bytes:
    said = (
        ("48018-6", "HGNC:1100^BRCA1^HGNC"),
        ("51958-7", "NM_007294.4"),
        ("48004-6", "c.5266dup"),
        ("48002-0", "LA6683-2^Germline^LN"),
        ("53037-8", significance),
    )
    observations = (f"OBX|1|CWE|{code}^^LN|2a|{value}||||||F||||||||||||PGX LAB" for code, value in said)
    return genetic(*observations, issued=issued)


async def test_a_pathogenic_variant_is_proposed_on_alike_and_another_class_withdraws_the_proposal() -> None:
    variant = {"time": "2026-11-20T15:00:00Z", "gene": "BRCA1", "hgvs": "NM_007294.4:c.5266dup", "origin": "germline"}
    expected = await over_kafka(genomics=variant | {"significance": "Pathogenic", "source": "PGX LAB"})
    assert [one["rule"] for one in expected] == ["acmg-sf-brca1"]
    assert await over_hl7(a_variant()) == expected
    said = await over_hl7(a_variant(), a_variant("LA6675-8^Benign^LN", "20261121100000+0100"))
    assert [one["status"] for one in said] == ["proposed", "withdrawn"]
