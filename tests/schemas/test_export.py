"""The exported contract: public validators accept it, and it says what the models do."""

import json
import re
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pydantic_asyncapi
import pytest
from typer.testing import CliRunner

from schemas.dead_letters import HEADERS
from schemas.examples import EXAMPLES
from schemas.export import asyncapi, json_schemas
from schemas.partitioner import CLIENTS
from schemas.topics import TOPICS
from stream.commands.schema import app

with warnings.catch_warnings():
    warnings.simplefilter("ignore", UserWarning)  # two of its own models shadow a name of pydantic's
    from asyncapi3.models.asyncapi import AsyncAPI3  # type: ignore[import-untyped]

VALIDATORS: list[Callable[[Any], object]] = [pydantic_asyncapi.AsyncAPI.model_validate, AsyncAPI3.model_validate]
EVERY_EXAMPLE = [(topic, example) for topic, examples in EXAMPLES.items() for example in examples]


def references(document: object) -> Iterator[str]:
    if isinstance(document, dict):
        if "$ref" in document:
            yield document["$ref"]
        for value in document.values():
            yield from references(value)
    elif isinstance(document, list):
        for value in document:
            yield from references(value)


def resolve(document: Any, reference: str) -> Any:  # noqa: ANN401 - any JSON
    for part in reference.removeprefix("#/").split("/"):
        document = document[part]
    return document


@pytest.mark.parametrize("accepts", VALIDATORS, ids=["pydantic-asyncapi", "asyncapi3"])
def test_public_validators_accept_the_asyncapi_document_and_refuse_a_broken_one(
    accepts: Callable[[Any], object],
) -> None:
    document = asyncapi("1.2.3")
    accepts(document)
    document["operations"]["receive-vitals"]["action"] = "listen"
    with pytest.raises(ValueError, match="action"):
        accepts(document)


def test_every_reference_in_the_asyncapi_document_leads_somewhere() -> None:
    document = asyncapi("1.2.3")
    found = list(references(document))
    assert len(found) > len(TOPICS)
    assert all(resolve(document, reference) for reference in found)


def test_every_payload_of_the_asyncapi_document_is_draft_7_and_accepts_its_examples() -> None:
    document = asyncapi("1.2.3")
    for message in document["components"]["messages"].values():
        payload = message["payload"] | {"components": document["components"]}
        jsonschema.Draft7Validator.check_schema(payload)
        for example in message.get("examples", ()):
            jsonschema.Draft7Validator(payload).validate(example["payload"])


def test_each_topic_is_a_channel_with_its_operation_key_and_retention() -> None:
    document = asyncapi("1.2.3")
    assert document["channels"].keys() == TOPICS.keys()
    for name, topic in TOPICS.items():
        action = {"in": "receive", "out": "send"}[topic.flow]
        assert document["operations"][f"{action}-{name}"]["action"] == action
        kept = document["channels"][name]["bindings"]["kafka"]["topicConfiguration"]["retention.ms"]
        assert kept == topic.retention_s * 1000
        bindings = resolve(document, document["components"]["messages"][name]["bindings"]["$ref"])
        assert "description" in bindings["kafka"]["key"]


def test_every_output_says_its_cloudevents_headers_and_a_dead_letter_says_more() -> None:
    messages = asyncapi("1.2.3")["components"]["messages"]
    for name, topic in TOPICS.items():
        if topic.flow == "in":
            continue
        headers = messages[name]["headers"]
        assert {"ce_specversion", "ce_id", "ce_source", "ce_type", "ce_subject", "ce_time"} <= set(headers["required"])
        assert headers["properties"]["ce_type"]["const"] == topic.ce_type
    assert set(messages["dead-letters"]["headers"]["required"]) >= HEADERS.keys()


def test_every_topic_has_an_example_but_the_one_that_carries_other_peoples_bytes() -> None:
    assert TOPICS.keys() - EXAMPLES.keys() == {"dead-letters"}


@pytest.mark.parametrize(("topic", "example"), EVERY_EXAMPLE)
def test_examples_pass_their_exported_json_schema_and_their_model(topic: str, example: dict[str, Any]) -> None:
    schema = json_schemas()[topic]
    checker = jsonschema.Draft202012Validator(schema, format_checker=jsonschema.Draft202012Validator.FORMAT_CHECKER)
    checker.check_schema(schema)
    checker.validate(example)
    record = TOPICS[topic].record
    assert record is not None
    read = record.validate_json(json.dumps(example))
    assert record.validate_json(record.dump_json(read)) == read
    checker.validate(json.loads(record.dump_json(read, exclude_none=True)))  # as outputs are sent


@pytest.mark.parametrize(("topic", "example"), EVERY_EXAMPLE)
def test_a_schema_asks_for_what_the_model_asks_for(topic: str, example: dict[str, Any]) -> None:
    """Without any one field, schema and model agree on whether the record still stands."""
    record = TOPICS[topic].record
    assert record is not None
    checker = jsonschema.Draft202012Validator(json_schemas()[topic])
    verdicts = set()
    for name in example:
        less = {key: value for key, value in example.items() if key != name}
        try:
            record.validate_json(json.dumps(less))
            stands = True
        except ValueError:
            stands = False
        assert checker.is_valid(less) == stands, name
        verdicts.add(stands)
    assert False in verdicts


def test_schemas_are_told_apart_by_ids_and_know_their_dialect() -> None:
    schemas = json_schemas()
    assert schemas.keys() == TOPICS.keys()
    assert len({schema["$id"] for schema in schemas.values()}) == len(TOPICS)
    assert {schema["$schema"] for schema in schemas.values()} == {"https://json-schema.org/draft/2020-12/schema"}


def test_the_command_writes_a_file_for_every_topic_and_the_asyncapi_document(tmp_path: Path) -> None:
    result = CliRunner().invoke(app, ["export", str(tmp_path / "contract"), "--json"])
    assert result.exit_code == 0, result.output
    files = json.loads(result.output)["files"]
    documents = {"plan.schema.json", "lung-nodule.schema.json", "asyncapi.json"}
    assert set(files) == {f"{topic}.schema.json" for topic in TOPICS} | documents
    written = {path.name: json.loads(path.read_text()) for path in (tmp_path / "contract").iterdir()}
    assert written["vitals.schema.json"] == json_schemas()["vitals"]
    assert written["asyncapi.json"]["asyncapi"] == "3.0.0"


def test_the_command_says_in_a_sentence_where_it_can_not_write(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    result = CliRunner().invoke(app, ["export", str(tmp_path / "file")])
    assert result.exit_code == 1
    assert "exists" in result.stderr


def test_the_contract_says_how_partitions_are_chosen_and_what_other_clients_must_be_told() -> None:
    document = asyncapi("1.0")
    assert "murmur2 over the key" in document["info"]["description"]
    assert document["x-partitioner"]["hash"] == "murmur2"
    clients = document["x-partitioner"]["clients"]
    assert "`partitioner=murmur2_random`" in next(text for name, text in clients.items() if "confluent-kafka" in name)
    for name, schema in json_schemas().items():
        assert schema.get("x-kafka", {}).get("partitioner") == (None if name == "dead-letters" else "murmur2")


def test_the_readme_has_a_word_on_every_client_of_the_contract() -> None:
    readme = " ".join((Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8").split())
    names = {name for clients in CLIENTS for name in re.split(r": |, | for | and ", clients)}
    assert {name for name in names if name not in readme} == set()
