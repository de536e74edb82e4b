"""Typed rows of a table, read by a query that is spelled once: where nothing about them is strange, as `read_database`.

Reading a table looks first at all of its values, to see how they are to be held. Of rows that come behind others that
is known; they only have to fit.
"""

from collections.abc import Mapping
from typing import final

import ibis
import ibis.expr.types as ir
import pyarrow as pa
import pyarrow.compute as pc

from banian.schema import ABSENT, ColumnType, names_of
from banian.spec import ShopSpec
from banian.tables.casts import cast_column
from banian.tables.engines import POSITION, DuckDB
from banian.tables.expression import apply_expression
from banian.tables.names import is_point_zero
from banian.tables.row_checks import find_faults
from banian.tables.white_space import strip_text

_RAW = "banian plain rows"
_SAID = "banian said "
_STRANGE = "banian strange"


@final
class PlainRows:
    """Reads rows as a table of a store holds them.

    Args:
        engine: what evaluates the query.
        spec: the shop.
        name: the table, which looks nothing up.
        types: how its columns are held.
        schema: of the rows that will come: every column that is not derived.

    """

    def __init__(
        self,
        engine: DuckDB,
        spec: ShopSpec,
        name: str,
        types: Mapping[str, ColumnType],
        schema: pa.Schema,
    ) -> None:
        declared = spec.source(name).model_copy(update={"until": None})
        self._engine, self._key, self._columns = engine, declared.key, tuple(types)
        raw = engine.table(_RAW, ibis.Schema.from_pyarrow(schema))
        given = {column: kind for column, kind in types.items() if column in schema.names}
        cast = {column: cast_column(raw[column], kind) for column, kind in given.items()}
        said = {_SAID + column: raw[column] for column in given}
        typed = raw.select(**cast, **said)
        strange = [_misfits(typed, column) for column in given]
        for column, text in declared.derive.items():
            where, names = f"tables.{name}.derive.{column}", names_of(spec, name)
            value = apply_expression(text, typed, where=where, names=names)
            held = {column: cast_column(value, types[column])} if column in types else {}
            typed = typed.mutate(**({_SAID + column: value, **held} if held else {column: value}))
            strange += [_misfits(typed, column)] if held else []
        faults = find_faults(name, declared, typed, _SAID, names=names_of(spec, name))
        strange += [fault.fill_null(False) for fault, _ in faults]
        judged = ibis.or_(ibis.literal(False), *(one.fill_null(False) for one in strange))
        self._text = engine.compile(typed.select(*types, **{_STRANGE: judged}))

    def read(self, rows: pa.Table) -> pa.Table | None:
        """Read rows; none where one of them is not plain, or two have one key: then only `read_database` can tell."""
        con = self._engine.backend.con
        con.register(_RAW, rows)
        try:
            read = con.sql(self._text).to_arrow_table()
        finally:
            con.unregister(_RAW)
        if pc.any(read[_STRANGE]).as_py():
            return None
        if self._key is not None and len(pc.unique(read[self._key])) < len(read):
            return None
        place = pa.array(range(len(read)), pa.int64())
        return read.select(self._columns).append_column(POSITION, place)


def _misfits(typed: ir.Table, column: str) -> ir.BooleanValue:
    """Say where a value is not what was said, or may not be what it is among all values."""
    held, said = typed[column], typed[_SAID + column]
    lost = held.isnull() & said.notnull()
    if said.type().is_string():
        text = strip_text(said)
        return lost | (text != said) | said.isin(ABSENT) | is_point_zero(said)
    if said.type().is_numeric() and held.type().is_numeric():
        return lost | (_as_float(held) != _as_float(said))
    return lost


def _as_float(number: ir.Column) -> ir.Column:
    """Give the float nearest to a number; the engine's own cast of a decimal may give a neighbour."""
    exact = number.cast("string") if number.type().is_decimal() else number
    return exact.cast("float64")
