"""What tables without time say of the entities that they describe: the demographics of some households.

Such a table has been known all along, if it is true to its declaration. It may cover a part of the entities; of the
others nothing is known. It is one row that describes an entity: of one with several rows nothing is known either, and a
table in which that is no exception says nothing at all. Rows without time cannot be summarised: whoever has only one of
them perhaps has not had the others yet.
"""

from collections.abc import Iterator

import ibis.expr.types as ir
import pyarrow as pa

from banian.features.attributes import ASK, AT, ROW, read_attributes
from banian.features.feature import Feature
from banian.features.path import EventPath, static_paths_to
from banian.features.plan import static_features
from banian.tables import POSITION, Database, Table, has_several


def read_static(
    database: Database, entity: str, asks: ir.Table, *, besides: str | None, is_new: bool
) -> Iterator[tuple[list[Feature], pa.Table]]:
    """Give, for each table that describes an entity, its features, and their values in the order of `ask`.

    The table `besides`, whose rows ask, does not describe what they name. What is new is not judged by how many have
    several rows: the model knows already which tables it reads.
    """
    for path in static_paths_to(database.spec, entity):
        if path.table == besides:
            continue
        if not is_new and has_several(database.tables[path.table], path.link):
            continue
        table = database.tables[path.table]
        only = _one_each(table, path)
        joined = asks.left_join(only, asks.key == only.described)
        asked = joined.select(**{ASK: joined.ask, AT: joined["at"], ROW: joined.place})
        features = list(static_features(database.spec, database.types, entity, path))
        yield features, read_attributes(database.engine, table, asked, features)


def _one_each(table: Table, path: EventPath) -> ir.Table:
    """Give the place of the row of whoever has but one."""
    rows = table.rows.select(described=table.rows[path.link], place=table.rows[POSITION])
    rows = rows.filter(rows.described.notnull())
    only = rows.group_by("described").aggregate(n=rows.count(), place=rows.place.min())
    return only.filter(only.n == 1)
