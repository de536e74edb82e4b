"""What a key may ask: its tasks, and asks and rows about those of an entity that it names, such as its merchants."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from banian.inference.asks import GrainAsks
from banian.serving.keys import TASKS, Key
from banian.serving.refusal import Refusal
from banian.spec import EntityTaskSpec, ShopSpec


def limit_tasks(key: Key | None, spec: ShopSpec, wanted: Sequence[str]) -> tuple[str, ...]:
    """Give the tasks to answer: those wanted, or all that the key may ask; none where neither limits them.

    Raises:
        Refusal: 403, a task is wanted that the key may not ask.

    """
    if key is None or key.tasks is None:
        return tuple(wanted)
    refuse_tasks(key, wanted)
    return tuple(wanted) or tuple(name for name in spec.tasks if name in key.tasks)


def refuse_tasks(key: Key | None, named: Iterable[Any]) -> None:
    """Refuse tasks that a key may not ask; what is no name of a task is left for others to refuse.

    Raises:
        Refusal: 403.

    """
    if key is None or key.tasks is None:
        return
    for name in named:
        if isinstance(name, str) and name not in key.tasks:
            raise Refusal(
                403,
                f"The key {key.name!r} may not ask this task.",
                remedy=f"Ask one of {', '.join(key.tasks)}, or have a key made with another scope.",
            )


def refuse_asks(key: Key | None, spec: ShopSpec, groups: Iterable[GrainAsks]) -> None:
    """Refuse asks that are not about what a key names.

    Raises:
        Refusal: 403.

    """
    for entity, names in _limits(key):
        allowed = pa.array(names, pa.string())
        for group in groups:
            is_entity = isinstance(spec.tasks[group.tasks[0]], EntityTaskSpec)
            column = _column(spec, group.about, entity, is_entity=is_entity)
            if column is None or column not in group.context.column_names:
                raise _foreign(key, entity)
            said = group.context[column].cast(pa.string())
            if not pc.all(pc.is_in(said, allowed)).as_py():
                raise _foreign(key, entity)


def refuse_rows(
    key: Key | None, spec: ShopSpec, tables: Mapping[str, Sequence[Mapping[str, Any]]]
) -> None:
    """Refuse rows of tables that are not about what a key names.

    Raises:
        Refusal: 403.

    """
    for entity, names in _limits(key):
        for table, rows in tables.items():
            column = _column(spec, table, entity, is_entity=table == entity)
            if column is None or any(str(row.get(column)).strip() not in names for row in rows):
                raise _foreign(key, entity)


def _limits(key: Key | None) -> list[tuple[str, tuple[str, ...]]]:
    return [] if key is None else [(n, said) for n, said in key.scope.items() if n != TASKS]


def _column(spec: ShopSpec, table: str, entity: str, *, is_entity: bool) -> str | None:
    """Say which column of a table names the entity."""
    if is_entity:
        return str(spec.tables[table].key) if table == entity else None
    links = [link for link, to in spec.source(table).links.items() if to == entity]
    return links[0] if len(links) == 1 else None


def _foreign(key: Key | None, entity: str) -> Refusal:
    name = None if key is None else key.name
    return Refusal(
        403,
        f"The key {name!r} is for some of {entity} only, and not all rows here name one of them.",
        remedy=f"Name in each row one of {entity} that the key is for.",
    )
