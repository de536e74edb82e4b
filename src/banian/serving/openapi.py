"""The schema of the service: what its routes take and give, for whoever writes a client and whoever tests it."""

from collections.abc import Mapping
from typing import Any

from banian.serving.answer_body import MEDIA
from banian.serving.ask_body import ARROW, JSON
from banian.serving.refusal import PROBLEM

Tree = Mapping[str, Any]

TEXT = {"type": "string"}
NUMBER = {"type": ["number", "null"]}
SCALAR = {"type": ["string", "number", "boolean", "null"]}
TEXTS = {"type": "array", "items": TEXT}
_BYTES = {"schema": {"type": "string", "format": "binary"}}
_ASK = {
    "type": "object",
    "description": "task (a name or several) or grain (all tasks about it); the key of the entity, or columns of the "
    "row that asks; and at, as of when (ISO 8601; UTC unless it has an offset). What is left out or null is "
    "not known of a row, and of an entity is what is stored.",
    "properties": {
        "task": {"type": ["string", "array", "null"], "items": TEXT},
        "grain": {"type": ["string", "null"]},
        "at": {"type": ["string", "null"]},
    },
    "additionalProperties": SCALAR,
    "example": {"task": "repurchase", "customer_id": "c00001"},
}
_ASKS = {
    "type": "object",
    "properties": {
        "asks": {"type": "array", "items": _ASK},
        "tasks": {
            "type": ["array", "null"],
            "items": TEXT,
            "description": "These only; all that are asked where none is named.",
        },
    },
    "required": ["asks"],
    "additionalProperties": False,
}
_CHOICES = {
    "type": ["array", "null"],
    "items": {
        "type": "object",
        "properties": {"name": {"type": ["string", "null"]}, "value": NUMBER},
    },
}
_ANSWER = {
    "type": "object",
    "properties": {
        "ask": {"type": "integer", "description": "The number of the ask, from 0."},
        "task": TEXT,
        "cutoff": {"type": ["string", "null"], "description": "As of when, in UTC."},
        "scene": {"type": ["string", "null"]},
        "value": NUMBER,
        "mean": NUMBER,
        "lower": NUMBER,
        "upper": NUMBER,
        "choice": {"type": ["string", "null"]},
        "choices": _CHOICES,
        "cold": {**TEXTS, "description": "The entities that the ask names and nobody has seen."},
        "eligible": {
            "type": ["boolean", "null"],
            "description": "Whether WHERE and IN SCENE hold.",
        },
    },
    "required": ["ask", "task", "value", "cold", "eligible"],
    "additionalProperties": SCALAR,
}
_DEGRADED = {
    **TEXTS,
    "description": "What is not as it should be while answers go on, such as events.",
}
HEAD = {"model": TEXT, "store": TEXT, "warnings": TEXTS, "degraded": _DEGRADED}
_PROBLEM = {
    "type": "object",
    "properties": {
        "status": {"type": "integer"},
        "title": TEXT,
        "problem": TEXT,
        "remedy": TEXT,
        "request_id": TEXT,
    },
    "required": ["status", "title", "problem", "remedy", "request_id"],
}
_REASONS = {
    400: "The body is not what is asked for",
    401: "No key that opens the service",
    403: "The key is not for this",
    406: "No such form of answers",
    408: "The body came too slowly",
    409: "There is nothing to go back to",
    413: "Too much at once",
    415: "No such form of asks",
    422: "The rows are not those of the shop",
    429: "Too many wait, or the key has asked too much; try again later",
    503: "The service cannot answer now; try again later",
    504: "There was no answer in time",
}


def problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Describe the refusals of a route, beside those of every route."""
    return {
        status: {"description": _REASONS[status], "content": {PROBLEM: {"schema": _PROBLEM}}}
        for status in sorted({*statuses, 401, 403, 503})
    }


def described(
    properties: Tree, *, required: tuple[str, ...] = ()
) -> dict[int | str, dict[str, Any]]:
    """Describe an answer that is an object."""
    schema = {
        "type": "object",
        "properties": dict(properties),
        "required": list(required or properties),
    }
    return {200: {"description": "It worked", "content": {JSON: {"schema": schema}}}}


PREDICT_BODY: Tree = {
    "requestBody": {
        "required": True,
        "content": {JSON: {"schema": _ASKS}, ARROW: _BYTES},
    }
}
"""What `/v1/predict` takes."""
PREDICTED: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "An answer for each ask and task, in the order of the asks",
        "content": {
            MEDIA["rows"]: {
                "schema": {
                    "type": "object",
                    "properties": {**HEAD, "answers": {"type": "array", "items": _ANSWER}},
                    "required": ["model", "store", "warnings", "answers"],
                }
            },
            MEDIA["columns"]: {
                "schema": {
                    "type": "object",
                    "properties": {
                        **HEAD,
                        "columns": {"type": "object", "additionalProperties": {"type": "array"}},
                    },
                    "required": ["model", "store", "warnings", "columns"],
                }
            },
            MEDIA["arrow"]: _BYTES,
        },
    }
}
"""What `/v1/predict` gives."""
EVENTS_BODY: Tree = {
    "parameters": [
        {
            "name": "Idempotency-Key",
            "in": "header",
            "required": False,
            "description": "Rows that are sent twice under one key, within a day, are taken once.",
            "schema": {"type": "string", "minLength": 1, "maxLength": 200},
        }
    ],
    "requestBody": {
        "required": True,
        "content": {
            JSON: {
                "schema": {
                    "type": "object",
                    "description": "Table → its new rows, which have its key and its time at least.",
                    "additionalProperties": {
                        "type": "array",
                        "items": {"type": "object", "additionalProperties": SCALAR},
                    },
                }
            }
        },
    },
}
"""What `/v1/events` takes."""
_COUNT = {"type": "integer"}
APPENDED = described(
    {
        "rows": {"type": "object", "additionalProperties": _COUNT},
        "requests": {
            **_COUNT,
            "description": "Whose rows were written at once; what follows counts theirs, too.",
        },
        "added": _COUNT,
        "replaced": _COUNT,
        "aside": _COUNT,
        "repeated": {
            "type": "boolean",
            "description": "Whether the request, by its Idempotency-Key, had come before; then nothing was taken.",
        },
        "model": TEXT,
        "store": TEXT,
    }
)
"""What `/v1/events` gives."""
TASKS = described(
    {
        "model": TEXT,
        "tasks": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {
                    "task": TEXT,
                    "question": TEXT,
                    "kind": TEXT,
                    "metric": TEXT,
                    "grain": TEXT,
                },
            },
        },
        "grains": {"type": "object"},
    }
)
"""What `/v1/tasks` gives."""
_VERSION = {"type": ["string", "null"]}
MODEL = described(
    {
        "model": TEXT,
        "store": TEXT,
        "shop": TEXT,
        "loaded_at": TEXT,
        "store_end": _VERSION,
        "answers_by": {"enum": ["graphs", "networks"]},
        "one_set": {"type": "boolean"},
        "reason": _VERSION,
        "candidate": _VERSION,
        "previous": _VERSION,
        "refused": {"type": "object", "additionalProperties": TEXT},
    }
)
"""What `/v1/model` gives."""
RELOAD_BODY: Tree = {
    "requestBody": {
        "required": False,
        "content": {
            JSON: {
                "schema": {
                    "type": "object",
                    "properties": {"force": {"type": "boolean"}},
                    "additionalProperties": False,
                }
            }
        },
    }
}
"""What `/v1/admin/reload` takes."""
CHANGED = described({"outcome": TEXT, "model": TEXT, "store": TEXT})
"""What the routes of administrators give."""
HEALTH = described({"alive": {"type": "boolean"}})
READY = described({"ready": {"type": "boolean"}, "model": TEXT, "degraded": _DEGRADED})
METRICS: dict[int | str, dict[str, Any]] = {
    200: {"description": "What was measured", "content": {"text/plain": {"schema": TEXT}}}
}
"""What `/metrics` gives."""


def secure(schema: dict[str, Any]) -> dict[str, Any]:
    """Say in a schema that keys open it."""
    parts = schema.setdefault("components", {})
    parts["securitySchemes"] = {"bearer": {"type": "http", "scheme": "bearer"}}
    for path, routes in schema["paths"].items():
        if path.startswith("/v1/") or path == "/metrics":
            for route in routes.values():
                route["security"] = [{"bearer": []}, {}]
    return schema
