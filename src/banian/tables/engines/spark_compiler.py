"""How Spark says what Ibis leaves to each engine, so that the same expressions give the same values as on DuckDB."""

from typing import Any, TypeAlias

import ibis.expr.datatypes as dt
import sqlglot as sg
import sqlglot.expressions as sge
from ibis.backends.sql.compilers.base import NULL
from ibis.backends.sql.compilers.pyspark import PySparkCompiler
from typing_extensions import override

from banian.tables.engines.time_patterns import java_pattern

_Operation: TypeAlias = Any
"""One of Ibis; where types are checked at run time, its own classes are taken for generic ones."""

_NUMBER = r"^[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?$"
_TIME = r"^[0-9]{1,6}-[0-9]{1,2}-[0-9]{1,2}([ T].*)?$"
_PLAIN = (1e-4, 1e16)
"""Between these DuckDB writes a float without exponent."""
_PIVOT = 2068
"""The last year that two digits can mean; 69 is 1969."""
_DIGITS = dt.Decimal(38, 20)


class SparkCompiler(PySparkCompiler):
    """Ibis' own compiler, where it spells otherwise than we mean or not at all."""

    @override
    def visit_ScalarUDF(self, op: _Operation, **arguments: sge.Expression) -> sge.Expression:
        """Spell the functions that are named as DuckDB names them."""
        given = list(arguments.values())
        match self.__sql_name__(op):
            case "epoch_us":
                return self.f.anon.unix_micros(*given)
            case "make_timestamp":
                return self.f.anon.timestamp_micros(*given)
            case "to_json":
                options = self.f.anon.map(sge.convert("ignoreNullFields"), sge.convert("false"))
                return self.f.anon.to_json(*given, options)
            case "try_strptime":
                text, form = given
                return self._parse_time(text, form.this)
            case name:
                return self.f.anon[name](*given)

    @override
    def visit_TryCast(
        self, op: _Operation, *, arg: sge.Expression, to: dt.DataType
    ) -> sge.Expression:
        """Keep Spark from reading 12d as a number and 8:30 as a time of today."""
        if op.arg.dtype.is_string() and (to.is_floating() or to.is_decimal()):
            arg = self.if_(self.f.anon.rlike(arg, sge.convert(_NUMBER)), arg, NULL)
        elif op.arg.dtype.is_string() and to.is_timestamp():
            slashes, dashes = sge.convert("^([0-9]+)/([0-9]+)/"), sge.convert("$1-$2-")
            arg = self.f.anon.regexp_replace(arg, slashes, dashes)
            arg = self.if_(self.f.anon.rlike(arg, sge.convert(_TIME)), arg, NULL)
        return super().visit_TryCast(op, arg=arg, to=to)

    @override
    def visit_Cast(self, op: _Operation, *, arg: sge.Expression, to: dt.DataType) -> sge.Expression:
        """Write floats and instants as DuckDB does: 10000000.0, not 1.0E7, and with the offset."""
        cast = super().visit_Cast(op, arg=arg, to=to)
        if op.arg.dtype.is_timestamp() and op.arg.dtype.timezone is not None and to.is_string():
            return self.f.anon.concat(cast, sge.convert("+00"))
        if not (op.arg.dtype.is_floating() and to.is_string()):
            return cast
        digits = self.cast(self.cast(cast, _DIGITS), dt.string)
        short = self.f.anon.regexp_replace(
            digits, sge.convert(r"(\.[0-9]+?)0+$"), sge.convert("$1")
        )
        size = self.f.abs(arg)
        return self.if_(sg.and_(size >= _PLAIN[0], size < _PLAIN[1]), short, cast)

    @override
    def visit_IsNull(self, op: _Operation, *, arg: sge.Expression) -> sge.Expression:
        """Tell what is no number from what is absent."""
        return arg.is_(NULL)

    @override
    def visit_NotNull(self, op: _Operation, *, arg: sge.Expression) -> sge.Expression:
        """Tell what is no number from what is absent."""
        return arg.is_(sg.not_(NULL))

    @override
    def visit_Greatest(self, op: _Operation, *, arg: tuple[sge.Expression, ...]) -> sge.Expression:
        """Give a single value as it is, which Spark refuses to compare."""
        return self.f.greatest(*arg) if len(arg) > 1 else arg[0]

    @override
    def visit_Least(self, op: _Operation, *, arg: tuple[sge.Expression, ...]) -> sge.Expression:
        """Give a single value as it is, which Spark refuses to compare."""
        return self.f.least(*arg) if len(arg) > 1 else arg[0]

    @override
    def visit_First(self, op: _Operation, *, arg: sge.Expression, **how: Any) -> sge.Expression:
        """Find the first by its order."""
        return self._pick("min_by", arg, **how)

    @override
    def visit_Last(self, op: _Operation, *, arg: sge.Expression, **how: Any) -> sge.Expression:
        """Find the last by its order."""
        return self._pick("max_by", arg, **how)

    @override
    def visit_ArrayCollect(
        self, op: _Operation, *, arg: sge.Expression, where: sge.Expression, **how: Any
    ) -> sge.Expression:
        """Collect distinct values in their own order: no other is asked for."""
        assert op.distinct
        assert [key.arg for key in op.order_by] == [op.arg]
        return self.f.anon.sort_array(self.f.anon.collect_set(self.if_(where, arg, NULL)))

    def _pick(
        self,
        function: str,
        arg: sge.Expression,
        where: sge.Expression,
        order_by: tuple[sge.Ordered, ...],
        **_: bool,
    ) -> sge.Expression:
        found = self.f.anon[function](arg, self.f.anon.struct(*(key.this for key in order_by)))
        return sge.Filter(this=found, expression=sge.Where(this=where))

    def _parse_time(self, text: sge.Expression, form: str) -> sge.Expression:
        found = self.f.anon.try_to_timestamp(text, sge.convert(java_pattern(form)))
        if "%y" not in form:
            return found
        century = sge.Interval(this=sge.convert("100"), unit=self.v.YEAR)
        return self.if_(self.f.anon.year(found) > _PIVOT, found - century, found)
