"""Export the contract for other systems: a JSON Schema for every topic, and one AsyncAPI document over all of them.

A topic that Wardwatch reads is described as it may be written, fields with a default left out; one that it writes as it
is written. JSON Schema is draft 2020-12. AsyncAPI 3.0.0 reads payloads as draft 7, so `prefixItems` has its older form
there. Two more forms were chosen since pydantic-asyncapi 0.3.2 refuses the plain ones, which the official parser takes:
a choice of numbers is a list of constants, and the Kafka bindings of a message stand in an extension and are referred
to.
"""

from typing import Any, Final, Literal

from pydantic import TypeAdapter

from schemas import dead_letters
from schemas.arrival import HELD_MS
from schemas.cloudevents import SOURCE
from schemas.examples import EXAMPLES
from schemas.nodules import LungNodule
from schemas.partitioner import CLIENTS, MOVED_FROM, PARTITIONER
from schemas.plan import Plan
from schemas.topics import TOPICS, Topic
from schemas.wire import Wire

Document = dict[str, Any]

DOCUMENTS: Final[dict[str, tuple[type[Wire], Literal["validation", "serialization"]]]] = {
    "plan": (Plan, "serialization"),
    "lung-nodule": (LungNodule, "validation"),
}
"""What leaves or comes by other ways than the topics, as it is written or as it may be written."""
DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"
KAFKA_BINDING: Final = "0.5.0"

_BYTES: Final = {"description": "The bytes of a record that could not be used, as they came."}
_TEXT: Final = {"type": "string"}
_KEY: Final = "The patient's pseudonym; for what concerns no patient, the worker."
_CONTRACT: Final = (
    "Vital signs and images in, forecasts, alerts and cited suggestions out, over Apache Kafka. Not for clinical "
    "use.\n\n"
    "The key of every record about a patient is the patient's pseudonym in UTF-8, the same as its field `patient`. A "
    "record with another key is refused, since only the key keeps a patient's records in order. Partitions are chosen "
    f"by {PARTITIONER} over the key, the default of Kafka's Java client, so that all records of a patient reach the "
    "same worker; `x-partitioner` says what other clients must be told. A record that lies elsewhere is moved to the "
    f"partition of its key by the worker that reads it, with its old place in the header `{MOVED_FROM}`, and is told "
    "on `ward-status`. All inputs have the same number of partitions. "
    f"A record came when the broker stamped it, or by its header `{HELD_MS}` so many milliseconds before: so long its "
    "gateway kept it while the broker was away. "
    "Times are event times in ISO 8601 with a time zone. A record that cannot be used goes to `dead-letters` with the "
    "reason, and holds up nothing behind it. Delivery is at least once: a record may come twice, under the same id. "
    "Unknown fields are ignored, fields without a value are left out."
)


def json_schemas() -> dict[str, Document]:
    """Return, by topic, a self-contained JSON Schema (draft 2020-12) for the value of its records."""
    return {name: _json_schema(topic) for name, topic in TOPICS.items()}


def document_schemas() -> dict[str, Document]:
    """Return, by name, a self-contained JSON Schema for each document that is no record of a topic."""
    shapes = {name: model.model_json_schema(mode=mode) for name, (model, mode) in DOCUMENTS.items()}
    return {
        name: {"$schema": DIALECT, "$id": f"urn:org:wardwatch:{name}:v1", "title": name}
        | {key: value for key, value in shape.items() if key != "title"}
        for name, shape in shapes.items()
    }


def asyncapi(version: str) -> Document:
    """Return the AsyncAPI 3.0.0 document of a version of Wardwatch; an operation says what Wardwatch does."""
    payloads, models = _payloads()
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Wardwatch",
            "version": version,
            "description": _CONTRACT,
            "license": {"name": "Apache-2.0", "url": "https://www.apache.org/licenses/LICENSE-2.0"},
        },
        "defaultContentType": "application/json",
        "channels": {topic.name: _channel(topic) for topic in TOPICS.values()},
        "operations": {_operation_name(topic): _operation(topic) for topic in TOPICS.values()},
        "components": {
            "messages": {topic.name: _message(topic, payloads) for topic in TOPICS.values()},
            "schemas": models,
        },
        "x-partitioner": {"hash": PARTITIONER, "clients": CLIENTS},
        "x-message-bindings": {
            "patient-or-worker": _keyed(_TEXT | {"description": _KEY}),
            "as-it-came": _keyed({"description": "The key of the record, as it came."}),
        },
    }


def _mode(topic: Topic) -> Literal["validation", "serialization"]:
    return "validation" if topic.flow == "in" else "serialization"


def _json_schema(topic: Topic) -> Document:
    shape = dict(_BYTES) if topic.record is None else topic.record.json_schema(mode=_mode(topic))
    head: Document = {"$schema": DIALECT, "$id": f"urn:{topic.ce_type.replace('.', ':')}", "title": topic.name}
    if topic.record is not None:
        head["x-kafka"] = {"key": _KEY, "partitioner": PARTITIONER}
    examples = {"examples": list(EXAMPLES[topic.name])} if topic.name in EXAMPLES else {}
    return head | {"description": topic.text} | {k: v for k, v in shape.items() if k != "title"} | examples


def _payloads() -> tuple[dict[str, Document], dict[str, Document]]:
    """Return the payload of each topic, and the models that they share, for `components.schemas`."""
    adapters = [(topic.name, _mode(topic), topic.record) for topic in TOPICS.values() if topic.record is not None]
    found, shared = TypeAdapter.json_schemas(adapters, ref_template="#/components/schemas/{model}")
    return {str(name): _draft_7(shape) for (name, _), shape in found.items()}, _draft_7(shared.get("$defs", {}))


def _draft_7(shape: Any) -> Any:  # noqa: ANN401 - any JSON
    """Turn draft 2020-12 into draft 7, where `prefixItems` was an array of `items`; nothing else here differs."""
    if isinstance(shape, dict):
        if any(not isinstance(value, str) for value in shape.get("enum", ())):
            return {key: value for key, value in shape.items() if key != "enum"} | {
                "oneOf": [{"const": value} for value in shape["enum"]]
            }
        return {"items" if key == "prefixItems" else key: _draft_7(value) for key, value in shape.items()}
    return [_draft_7(value) for value in shape] if isinstance(shape, list) else shape


def _channel(topic: Topic) -> Document:
    return {
        "address": topic.name,
        "description": topic.text,
        "messages": {topic.name: {"$ref": f"#/components/messages/{topic.name}"}},
        "bindings": {
            "kafka": {
                "topic": topic.name,
                "topicConfiguration": {"cleanup.policy": ["delete"], "retention.ms": topic.retention_s * 1000},
                "bindingVersion": KAFKA_BINDING,
            }
        },
    }


def _operation_name(topic: Topic) -> str:
    return f"{'receive' if topic.flow == 'in' else 'send'}-{topic.name}"


def _operation(topic: Topic) -> Document:
    operation: Document = {
        "action": "receive" if topic.flow == "in" else "send",
        "channel": {"$ref": f"#/channels/{topic.name}"},
        "summary": topic.text,
        "messages": [{"$ref": f"#/channels/{topic.name}/messages/{topic.name}"}],
    }
    if topic.flow == "in":
        operation["bindings"] = {"kafka": {"groupId": _TEXT, "bindingVersion": KAFKA_BINDING}}
    return operation


def _message(topic: Topic, payloads: dict[str, Document]) -> Document:
    message: Document = {
        "name": topic.ce_type,
        "title": topic.name,
        "summary": topic.text,
        "contentType": "application/octet-stream" if topic.record is None else "application/json",
        "payload": payloads.get(topic.name, _BYTES),
        "bindings": {"$ref": f"#/x-message-bindings/{'as-it-came' if topic.record is None else 'patient-or-worker'}"},
    }
    if topic.flow == "out":  # a producer of inputs may send CloudEvents headers, but need not
        message["headers"] = _headers(topic)
    if topic.name in EXAMPLES:
        message["examples"] = [{"payload": payload} for payload in EXAMPLES[topic.name]]
    return message


def _keyed(key: Document) -> Document:
    return {"kafka": {"key": key, "bindingVersion": KAFKA_BINDING}}


def _headers(topic: Topic) -> Document:
    """Describe the headers: CloudEvents 1.0 in binary mode, and for a dead letter what went wrong."""
    events: dict[str, Document] = {
        "ce_specversion": {"const": "1.0"},
        "ce_id": {"format": "uuid"},
        "ce_source": {"const": SOURCE},
        "ce_type": {"const": topic.ce_type},
        "ce_subject": {
            "description": "The patient's pseudonym, the worker, or the position of a dead letter's record."
        },
        "ce_time": {"format": "date-time"},
        "content-type": {},
    }
    told = dead_letters.HEADERS if topic.record is None else {}
    headers = events | {name: {"description": text} for name, text in told.items()}
    optional: dict[str, Document] = {"traceparent": {"description": "Trace context of the W3C."}}
    if topic.record is None:
        optional[dead_letters.REPLAY_OF] = {
            "description": "The id of the dead letter that the record was replayed from."
        }
    texts = {name: _TEXT | shape for name, shape in (headers | optional).items()}
    return {"type": "object", "properties": texts, "required": list(headers)}
