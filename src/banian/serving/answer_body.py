"""Answers as the body of a response: row by row, column by column, or an Arrow stream."""

import json
from collections.abc import Sequence
from typing import Any, Literal, TypeAlias, assert_never

import pyarrow as pa
import pyarrow.compute as pc

from banian.predictions import PredictionTable
from banian.serving.refusal import Refusal
from banian.storage import strict_json

AnswerForm: TypeAlias = Literal["rows", "columns", "arrow"]
MEDIA: dict[AnswerForm, str] = {
    "rows": "application/json",
    "columns": "application/vnd.banian.columns+json",
    "arrow": "application/vnd.apache.arrow.stream",
}
"""Form → its media type."""
_ANY = ("*/*", "application/*", "")


def form_of_answers(accept: str) -> AnswerForm:
    """Say in which form answers are wanted: the first of the best liked that there is.

    Raises:
        Refusal: 406, none of them is wanted.

    >>> form_of_answers("text/html, application/vnd.apache.arrow.stream;q=0.5, */*;q=0.1")
    'arrow'

    """
    liked = []
    for place, part in enumerate(accept.split(",")):
        media, *parameters = (word.strip().lower() for word in part.split(";"))
        weight = next((p[2:] for p in parameters if p.startswith("q=")), "1")
        try:
            liked.append((-float(weight), place, media))
        except ValueError:
            continue
    for dislike, _, media in sorted(liked):
        if not dislike:
            continue
        if media in _ANY:
            return "rows"
        for form, name in MEDIA.items():
            if media == name:
                return form
    raise Refusal(
        406,
        "Answers are not given in that form.",
        remedy=f"Accept one of {', '.join(MEDIA.values())}.",
    )


def write_answers(
    found: PredictionTable,
    form: AnswerForm,
    *,
    model: str,
    store: str,
    degraded: Sequence[str] = (),
) -> bytes:
    """Write answers.

    Args:
        found: a row for each ask and task.
        form: how they are to be written.
        model: version of the bundle that gave them.
        store: version of the store that it knew.
        degraded: what is not as it should be; told where there is something.

    """
    head = head_of(found.warnings, model=model, store=store, degraded=degraded)
    match form:
        case "arrow":
            facts = {b"banian": strict_json(head).encode()}
            sink = pa.BufferOutputStream()
            with pa.ipc.new_stream(sink, found.rows.schema.with_metadata(facts)) as writer:
                writer.write_table(found.rows)
            return sink.getvalue().to_pybytes()
        case "columns":
            return _dump({**head, "columns": _columns(found.rows)})
        case "rows":
            columns = _columns(found.rows)
            names = list(columns)
            rows = [
                dict(zip(names, row, strict=True)) for row in zip(*columns.values(), strict=True)
            ]
            return _dump({**head, "answers": rows})
        case _:
            assert_never(form)


def head_of(
    warnings: Sequence[str], *, model: str, store: str, degraded: Sequence[str]
) -> dict[str, Any]:
    """Say what answers begin with: what they were made from, and what one should know of them.

    >>> head_of([], model="a1", store="b2", degraded=["events"])
    {'model': 'a1', 'store': 'b2', 'warnings': [], 'degraded': ['events']}
    """
    head: dict[str, Any] = {"model": model, "store": store, "warnings": list(warnings)}
    return {**head, "degraded": list(degraded)} if degraded else head


def _columns(rows: pa.Table) -> dict[str, Sequence[Any]]:
    return {name: _plain(rows[name]) for name in rows.column_names}


def _plain(column: pa.ChunkedArray) -> list[Any]:
    """Give the values as JSON has them: times as ISO 8601, null for a number that is none."""
    if pa.types.is_timestamp(column.type):
        return pc.replace_substring(column.cast(pa.string()), " ", "T").to_pylist()
    if pa.types.is_floating(column.type):
        return pc.if_else(pc.is_finite(column), column, None).to_pylist()
    return column.to_pylist()


def _dump(tree: object) -> bytes:
    try:
        return json.dumps(tree, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode()
    except (ValueError, UnicodeEncodeError):  # a choice of infinite weight, or half a sign
        return strict_json(tree, only_ascii=True).encode()
