"""Columns that training had and new data lack: they come in without values, so that whoever reads them can say so."""

from collections.abc import Mapping
from dataclasses import replace

import ibis

from banian.errors import TableError
from banian.spec import ShopSpec
from banian.tables.column import ColumnType
from banian.tables.sources import RawRows


def fill_missing(
    spec: ShopSpec,
    raws: Mapping[str, RawRows],
    types: Mapping[str, Mapping[str, ColumnType]],
) -> tuple[dict[str, RawRows], dict[str, tuple[str, ...]]]:
    """Add the columns that are gone, empty; say which they are, by table.

    Raises:
        TableError: a table lacks its key or its time, without which it has no rows; all that is gone is named.

    """
    missing, names = {}, []
    for name, raw in raws.items():
        declared = spec.source(name)
        made = {*declared.derive, *declared.lookup, *declared.ignore}
        made |= {*raw.columns}
        gone = [c for c in types.get(name, {}) if c not in made]
        missing[name] = tuple(gone)
        names += [name for column in (declared.key, declared.time) if column in gone]
    if names:
        all_gone = [
            f"tables.{name}.{column}{_say_alike(column, raws[name])}"
            for name, gone in missing.items()
            for column in gone
        ]
        there = "; ".join(
            f"{name}: {', '.join(raws[name].columns)}" for name in dict.fromkeys(names)
        )
        raise TableError(
            f"The new data lack {', '.join(all_gone)}; without key and time there are no rows.",
            remedy=f"Bring the columns as in training. There are, in {there}.",
        )
    filled = {
        name: replace(
            raw, rows=raw.rows.mutate(**{column: ibis.null("string") for column in missing[name]})
        )
        if missing[name]
        else raw
        for name, raw in raws.items()
    }
    return filled, missing


def _say_alike(column: str, raw: RawRows) -> str:
    """Name the column that is there and differs in case only."""
    alike = [one for one in raw.columns if one.casefold() == column.casefold()]
    return f" (there is {alike[0]!r}: rename it, case counts)" if alike else ""
