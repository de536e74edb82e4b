"""Columns that nobody knows yet when a row is served, such as its position: what stands for them then."""

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import BeforeValidator

from banian.errors import nearest
from banian.spec.table import SourceTableSpec, TableSpec
from banian.spec.task import RowTaskSpec, TaskSpec

ServedValue = bool | int | float | str | None
"""A value; ENTITY.COLUMN, of whoever the row links to; or nothing, where the column is absent."""


def _read(value: Any) -> Any:  # noqa: ANN401
    return {} if value is None else value


ServedColumns = Annotated[dict[str, dict[str, ServedValue]], BeforeValidator(_read)]
"""Table → column → what stands for it in an ask that leaves it out."""


def check_served(
    served: Mapping[str, Mapping[str, ServedValue]],
    tables: Mapping[str, TableSpec],
    tasks: Mapping[str, TaskSpec],
) -> None:
    """Refuse columns that no ask can leave out.

    Raises:
        ValueError: with the place in the spec, what is wrong and what to write.

    """
    asked = sorted({task.rows for task in tasks.values() if isinstance(task, RowTaskSpec)})
    for name, columns in served.items():
        table = tables.get(name)
        if name not in asked or not isinstance(table, SourceTableSpec):
            raise ValueError(
                f"serve.{name}: no task is about rows of {name!r}. {nearest(name, asked)}"
            )
        for column, value in columns.items():
            where = f"serve.{name}.{column}"
            if column in (table.key, table.time, table.scene, *table.links):
                raise ValueError(
                    f"{where}: keys, times, links and scenes come with each ask. Leave it out here"
                )
            if column in table.derive or column in table.lookup:
                raise ValueError(
                    f"{where}: the column is computed from others. Say what stands for those"
                )
            path = lookup_path(table, value)
            if path is not None:
                entity = tables[table.links[path.partition(".")[0]]]
                wanted = path.partition(".")[2]
                if not isinstance(entity, SourceTableSpec):
                    raise ValueError(f"{where}: {value!r} has no rows of its own to look into")
                if wanted in entity.known_at:
                    raise ValueError(
                        f"{where}: {wanted!r} becomes known later than its row, so it cannot stand for another"
                    )


def lookup_path(table: SourceTableSpec, value: ServedValue) -> str | None:
    """Give LINK.COLUMN where a value names a column of whoever a row links to, by its entity or by the link.

    >>> table = SourceTableSpec(source="i.csv", links={"product_id": "products"})
    >>> lookup_path(table, "products.price"), lookup_path(table, "home page")
    ('product_id.price', None)
    """
    if not isinstance(value, str):
        return None
    head, dot, column = value.partition(".")
    links = [link for link, entity in table.links.items() if head in (link, entity)]
    return f"{links[0]}.{column}" if dot and column and len(links) == 1 else None
