"""What the Reconciliation Service API 0.2 lets a service answer, as JSON Schemas.

Written from the text of the specification, and narrower than it is: nothing may be said but what that names.
"""

from __future__ import annotations

from typing import Any

from jsonschema import Draft202012Validator

Schema = dict[str, Any]

TEXT: Schema = {"type": "string", "minLength": 1}
ADDRESS: Schema = {"type": "string", "pattern": "^https?://[^ ]+$"}
SCORE: Schema = {"type": "number", "minimum": 0, "maximum": 100}
WHOLE: Schema = {"type": "integer", "minimum": 1}


def record(needed: Schema, **more: Schema) -> Schema:
    """An object with all that is needed, perhaps with more of what is named, and with nothing else."""
    return {"type": "object", "properties": needed | more, "required": [*needed], "additionalProperties": False}


def many(item: Schema, **more: object) -> Schema:
    return {"type": "array", "items": item, **more}


def by_name(item: Schema) -> Schema:
    return {"type": "object", "additionalProperties": item}


NAMED = record({"id": TEXT, "name": TEXT})
TYPE = record({"id": TEXT, "name": TEXT}, broader=many(NAMED))
VALUE = {"type": ["boolean", "number"]}
SIZE = {"width": WHOLE, "height": WHOLE}
META = many(record({"id": TEXT, "name": TEXT}, type=NAMED, service=ADDRESS))
PART = record(
    {
        "service_url": ADDRESS,
        "service_path": {"type": "string", "pattern": "^/"},
        "flyout_service_url": ADDRESS,
        "flyout_service_path": {"type": "string", "pattern": r"\$\{id\}"},
    }
)
TEMPLATE = {"type": "string", "pattern": r"^https?://.*\{\{id\}\}"}
DATE = {"type": "string", "pattern": r"^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}"}
CELLS = [
    record({"str": TEXT}),
    record({"int": {"type": "integer"}}),
    record({"float": {"type": "number"}}),
    record({"date": DATE}),
    record({"id": TEXT, "name": TEXT}, description=TEXT),
]
CANDIDATE = record(
    {
        "id": TEXT,
        "name": TEXT,
        "description": TEXT,
        "type": many(NAMED),
        "score": SCORE,
        "match": {"type": "boolean"},
        "features": many(record({"id": TEXT, "value": VALUE})),
    }
)

MANIFEST = record(
    {
        "name": TEXT,
        "documentation": ADDRESS,
        "serviceVersion": TEXT,
        "defaultTypes": many(TYPE, uniqueItems=True, minItems=1),
        "batchSize": WHOLE,
        "versions": many(TEXT, contains={"const": "0.2"}),
        "identifierSpace": ADDRESS,
        "schemaSpace": ADDRESS,
        "view": record({"url": TEMPLATE}),
        "preview": record({"url": TEMPLATE, **SIZE}),
        "suggest": record({"entity": PART, "property": PART, "type": PART}),
        "extend": record(
            {"propose_properties": record({"service_url": ADDRESS, "service_path": TEXT})},
            property_settings=many({"type": "object"}),
        ),
    }
)
RESULTS = by_name(record({"result": many(CANDIDATE)}))
ENTITIES = record({"result": many(record({"id": TEXT, "name": TEXT}, description=TEXT, notable=many(NAMED)))})
TYPES = record({"result": many(TYPE)})
PROPERTIES = record({"result": many(NAMED)})
FLYOUT = record({"id": TEXT, "html": TEXT})
PROPOSAL = record({"type": {"type": "string"}, "properties": many(NAMED)}, limit={"type": "integer"})
EXTENSION = record({"meta": META, "rows": by_name(by_name(many({"oneOf": CELLS})))})


def faults(answer: object, schema: Schema) -> list[str]:
    """What of an answer is not as a schema has it."""
    Draft202012Validator.check_schema(schema)
    return [f"{error.json_path}: {error.message}" for error in Draft202012Validator(schema).iter_errors(answer)]
