"""The part of the schema that is about items and entities: recommendations, who there is, what is known of them."""

from banian.serving.ask_body import JSON
from banian.serving.openapi import HEAD, NUMBER, SCALAR, TEXT, TEXTS, Tree, described

_RANGE = {
    "type": "object",
    "properties": {"min": NUMBER, "max": NUMBER},
    "minProperties": 1,
    "additionalProperties": False,
}
_WISH = {
    "type": "object",
    "description": "The column that names for whom, with its key; beside it what else is known of the row that asks, "
    "as in an ask.",
    "properties": {
        "k": {
            "type": ["integer", "null"],
            "minimum": 1,
            "maximum": 100,
            "description": "How many; 10.",
        },
        "at": {"type": ["string", "null"], "description": "As of when; where the store ends."},
        "scene": {"type": ["string", "null"], "description": "The place of use."},
        "task": {
            "type": ["string", "null"],
            "description": "The task that ranks; the best suited.",
        },
        "items": {
            "type": ["string", "null"],
            "description": "What is recommended, where several could be.",
        },
        "filters": {
            "type": ["object", "null"],
            "additionalProperties": {
                "anyOf": [SCALAR, {"type": "array", "items": SCALAR, "minItems": 1}, _RANGE]
            },
            "maxProperties": 100,
            "description": "Column of the items → a value, several, or a range.",
        },
        "not_in": {
            "type": ["object", "null"],
            "additionalProperties": {"type": "number", "minimum": 0, "maximum": 100_000},
            "maxProperties": 100,
            "description": "Table → days: items beside the key in one of its rows of so many days are left out.",
        },
        "most_per": {
            "type": ["object", "null"],
            "additionalProperties": {"type": "integer", "minimum": 1, "maximum": 100},
            "maxProperties": 100,
            "description": "Column of the items → how many may have the same value of it.",
        },
        "diversity": {"type": ["number", "null"], "minimum": 0, "maximum": 1},
    },
    "additionalProperties": SCALAR,
    "example": {"customer_id": 3, "scene": "home", "k": 10, "diversity": 0.3},
}
RECOMMEND_BODY: Tree = {"requestBody": {"required": True, "content": {JSON: {"schema": _WISH}}}}
"""What `/v1/recommend` takes."""
RECOMMENDED = described(
    {
        **HEAD,
        "at": {"type": ["string", "null"]},
        "ranked_by": {
            **TEXTS,
            "description": "The score is the probability that all of them come true.",
        },
        "column": {**TEXT, "description": "The column that names an item."},
        "candidates": {"type": "integer", "description": "How many items passed the filters."},
        "cold": TEXTS,
        "items": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {
                    "item": TEXT,
                    "score": NUMBER,
                    "values": {"type": "object", "additionalProperties": NUMBER},
                    "reasons": TEXTS,
                    "columns": {"type": "object", "additionalProperties": SCALAR},
                },
                "required": ["item", "score", "values", "reasons", "columns"],
            },
        },
    },
    required=(
        "model",
        "store",
        "warnings",
        "at",
        "ranked_by",
        "column",
        "candidates",
        "cold",
        "items",
    ),
)
"""What `/v1/recommend` gives."""
_ROW = {"type": "object", "additionalProperties": SCALAR}
EXAMPLES = described(
    {
        "model": TEXT,
        "store": TEXT,
        "name": TEXT,
        "key": {"type": ["string", "null"]},
        "examples": {"type": "array", "items": _ROW},
    }
)
"""What `/v1/entities/NAME` gives."""
ENTITY = described(
    {
        "model": TEXT,
        "store": TEXT,
        "name": TEXT,
        "key": TEXT,
        "known": {"type": "boolean"},
        "row": _ROW,
        "events": {
            "type": "object",
            "additionalProperties": {"type": "array", "items": _ROW},
            "description": "Table → its latest rows, the newest first; what becomes known later is left out.",
        },
    }
)
"""What `/v1/entities/NAME/KEY` gives."""
