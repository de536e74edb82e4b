"""Columns that training had and new data lack: added without values, and reported."""

from collections.abc import Mapping
from dataclasses import replace

import ibis

from banian.errors import TableError
from banian.schema import ColumnType
from banian.spec import ShopSpec
from banian.tables.sources import RawRows


def fill_missing(
    spec: ShopSpec,
    raws: Mapping[str, RawRows],
    types: Mapping[str, Mapping[str, ColumnType]],
) -> tuple[dict[str, RawRows], dict[str, tuple[str, ...]]]:
    """Add the missing columns to the raw rows, all null; give the rows and the names of these columns, by table.

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
    return {name: _fill(raw, missing[name]) for name, raw in raws.items()}, missing


def _fill(raw: RawRows, gone: tuple[str, ...]) -> RawRows:
    """Add columns without values; one whose name differs only in case is dropped, and noticed."""
    if not gone:
        return raw
    alike = {column: other for column in gone for other in _alike(column, raw)}
    rows = raw.rows.drop(*alike.values()).mutate(**dict.fromkeys(gone, ibis.null("string")))
    noticed = {
        f"{column} is not there, and {other!r} is: rename it, case counts": 1
        for column, other in alike.items()
    }
    return replace(raw, rows=rows, noticed={**raw.noticed, **noticed})


def _say_alike(column: str, raw: RawRows) -> str:
    """Name the column that is there and differs in case only."""
    alike = _alike(column, raw)
    return f" (there is {alike[0]!r}: rename it, case counts)" if alike else ""


def _alike(column: str, raw: RawRows) -> list[str]:
    return [one for one in raw.columns if one.casefold() == column.casefold()]
