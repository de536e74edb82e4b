"""What an append changes: the rows that come in, those that they replace, and the keys that these name."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import final

import ibis.expr.types as ir

from banian.features.path import EventPath
from banian.tables import Database, Table


@final
@dataclass(frozen=True)
class Change:
    """What is new to tables.

    Args:
        database: all rows as they are afterwards.
        added: the tables that rows were added to, with these rows alone.
        replaced: the same tables → the earlier rows that are no longer there, since their key came again.

    """

    database: Database
    added: Mapping[str, Table]
    replaced: Mapping[str, ir.Table]

    def named(self, table: str, column: str) -> ir.Table | None:
        """Give the distinct values of a column, as `key`, in the rows that came or went; none where none did."""
        return self.combined(table, {"key": column})

    def combined(self, table: str, columns: Mapping[str, str]) -> ir.Table | None:
        """Give the distinct values of some columns together, under other names, in the rows that came or went.

        Rows in which one is absent are left out. None where no row came or went.
        """
        if table not in self.added:
            return None
        came, went = (
            rows.select(**{name: rows[column] for name, column in columns.items()})
            for rows in (self.added[table].rows, self.replaced[table])
        )
        both = came.union(went)
        return both.filter(*(both[name].notnull() for name in columns)).distinct()

    def seeing(self, path: EventPath) -> ir.Table | None:
        """Give the keys, as `key`, of the entities whose events of a path may be others now; none where none are."""
        direct = self.named(path.table, path.link)
        if path.via is None:
            return direct
        table = self.database.tables[path.via]
        between = self.named(path.via, str(table.spec.key))
        if direct is None or between is None:
            changed = between if direct is None else direct
        else:
            changed = direct.union(between, distinct=True)
        if changed is None:
            return None
        sources = [table.rows]
        if path.via in self.replaced:  # whoever an entity linked on to before
            sources.append(self.replaced[path.via])
        onward = [
            rows.select(via=rows[str(table.spec.key)], key=rows[str(path.onward)])
            for rows in sources
        ]
        every = onward[0] if len(onward) == 1 else onward[0].union(onward[1])
        found = every.semi_join(changed, every.via == changed.key)
        return found.filter(found.key.notnull()).select("key").distinct()
