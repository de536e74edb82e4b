"""What tables without time say of the entities that they describe: the demographics of some households.

Such a table has been known all along, if it is true to its declaration. It may cover a part of the entities; of the
others nothing is known. It is one row that describes an entity: of one with several rows nothing is known either, and a
table in which that is no exception says nothing at all. Rows without time cannot be summarised: whoever has only one of
them perhaps has not had the others yet.
"""

from collections.abc import Iterator

import ibis.expr.types as ir
import pyarrow as pa

from banian.examples.columns import own_columns, select_features
from banian.examples.paths import Path, static_paths_to
from banian.tables import Database, has_several

_NAME = "value "  # so that no column of the user's own is taken for the key or the count


def static_features(
    database: Database, entity: str, asks: ir.Table, *, besides: str | None, is_new: bool
) -> Iterator[pa.Table]:
    """Give, for each table that describes an entity, its columns in the order of `ask`.

    The table `besides`, whose rows ask, does not describe what they name. What is new is not judged by how many have
    several rows: the model knows already which tables it reads.
    """
    for path in static_paths_to(database.spec, entity):
        if path.table == besides:
            continue
        if not is_new and has_several(database.tables[path.table], path.link):
            continue
        rows = _one_each(database, path)
        table = database.tables[path.table]
        joined = asks.left_join(rows, asks.key == rows.described)
        raw = {n.removeprefix(_NAME): joined[n] for n in rows.columns if n.startswith(_NAME)}
        shown = select_features(table, raw, tuple(raw), joined["at"])
        told = {f"{_NAME}{name}": column for name, column in shown.items()}
        found = joined.select("ask", **told).order_by("ask").to_pyarrow()
        yield pa.table({f"{path.name}.{name}": found[f"{_NAME}{name}"] for name in shown})


def _one_each(database: Database, path: Path) -> ir.Table:
    table = database.tables[path.table]
    columns = [name for name in own_columns(database.spec, table) if name != path.link]
    rows = table.rows.select(
        described=table.rows[path.link], **{f"{_NAME}{name}": table.rows[name] for name in columns}
    )
    rows = rows.filter(rows.described.notnull())
    only = rows.group_by("described").aggregate(
        n=rows.count(), **{f"{_NAME}{name}": rows[f"{_NAME}{name}"].min() for name in columns}
    )
    return only.filter(only.n == 1)
