"""Asks out of the body of a request."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias, assert_never, final

from banian.inference.ask_rows import AskRows
from banian.inference.asks import TASK
from banian.serving.arrow_body import read_arrow
from banian.serving.json_body import parse_json, refuse_large
from banian.serving.refusal import Refusal
from banian.serving.settings import ServiceSettings

JSON, ARROW = "application/json", "application/vnd.apache.arrow.stream"
"""Media types of asks."""
AskForm: TypeAlias = Literal["json", "arrow"]


@final
@dataclass(frozen=True)
class AskBody:
    """What a request asks.

    Args:
        rows: the asks.
        tasks: these only; all that the asks ask where none is named.

    """

    rows: AskRows
    tasks: tuple[str, ...]

    def named(self) -> Iterator[Any]:
        """Give every task that the asks name."""
        yield from self.tasks
        for said in self.rows.columns.get(TASK, ()):
            yield from said if isinstance(said, list | tuple) else (said,)


def form_of_asks(content_type: str) -> AskForm:
    """Say how a body of this media type is written; JSON where none is said.

    Raises:
        Refusal: 415.

    """
    match content_type.partition(";")[0].strip().lower():
        case "" | "application/json":
            return "json"
        case "application/vnd.apache.arrow.stream":
            return "arrow"
        case _:
            raise Refusal(
                415, "Asks are not taken in this form.", remedy=f"Send {JSON} or {ARROW}."
            )


def read_ask_body(
    body: bytes, form: AskForm, tasks: tuple[str, ...], settings: ServiceSettings
) -> AskBody:
    """Read the asks of a request; `tasks` are those that its address names.

    Raises:
        Refusal: 400 or 413.
        AskError: it holds no rows, or a column has no name of its own.

    """
    limits = {"most_rows": settings.most_rows, "most_text": settings.most_text}
    match form:
        case "arrow":
            return AskBody(AskRows.of(read_arrow(body, **limits)), tasks)
        case "json":
            tree = parse_json(body)
            asks = _asks(tree)
            refuse_large(asks, **limits)
            return AskBody(AskRows.of(asks), _tasks(tree) or tasks)
        case _:
            assert_never(form)


def _asks(tree: Mapping[str, Any]) -> list[Any]:
    if odd := [name for name in tree if name not in ("asks", "tasks")]:
        raise Refusal(400, f"The body has {len(odd)} members that it cannot have.", remedy=_REMEDY)
    asks = tree.get("asks")
    if not isinstance(asks, list):
        raise Refusal(400, "The body has no list of asks.", remedy=_REMEDY)
    return asks


_REMEDY = 'Write {"asks": [{"task": TASK, "KEY": VALUE, "at": TIME}], "tasks": [TASK]}; tasks may be left out.'


def _tasks(tree: Mapping[str, Any]) -> tuple[str, ...]:
    tasks = tree.get("tasks")
    if tasks is None:
        return ()
    if not isinstance(tasks, list) or not all(isinstance(task, str) for task in tasks):
        raise Refusal(400, "tasks is no list of names.", remedy=_REMEDY)
    return tuple(dict.fromkeys(tasks))
