"""Floats are shaped by arithmetic as their texts say."""

from decimal import Decimal

import ibis
import pyarrow as pa
from hypothesis import example, given
from hypothesis import strategies as st

from banian.tables.float_shape import has_digits, shape_of_float

_FLOATS = st.one_of(
    st.floats(allow_nan=True, allow_infinity=True),
    st.decimals(-(10**9), 10**9, places=4).map(float),
    st.builds(
        lambda whole, places: whole / 10**places, st.integers(-(10**15), 10**15), st.integers(0, 12)
    ),
)


def _said(value: float) -> tuple[int, int] | None:
    """Say of which size a number is and how many digits its shortest text has after the point."""
    if value in (0, float("inf")) or value != value or not 1e-3 <= value < 1e15:
        return None
    written = Decimal(repr(value))
    return written.adjusted(), max(0, -int(written.normalize().as_tuple().exponent))


@given(st.lists(_FLOATS, min_size=1, max_size=50))
@example(
    [0.29, 1.1, 999.9999999, 1e15, 0.001, 0.0009, -36.75, 2.5e-8, 1e300, -0.0, 123456789.123456]
)
def test_digits_are_those_of_the_shortest_text_and_the_shape_keeps_size_and_digits(
    values: list[float],
) -> None:
    rows = ibis.memtable(pa.table({"x": pa.array(values, pa.float64())}))
    digits = {f"at {n}": has_digits(rows.x, n) for n in (0, 2, 9)}
    found = ibis.duckdb.connect().to_pyarrow(rows.mutate(shape=shape_of_float(rows.x), **digits))
    for row, value in zip(found.to_pylist(), values, strict=True):
        said = _said(abs(value))
        if said is None:
            assert repr(row["shape"]) in (repr(value), repr(value + 0.0))
            continue
        power, places = said
        for most in (0, 2, 9):
            is_sure = abs(value) * 10**most < 2**50
            assert row[f"at {most}"] == (places <= most) or not is_sure
            assert not row[f"at {most}"] or places <= most
        assert row["shape"] == value or _said(row["shape"]) == (power, places)
        if places <= 9 and abs(value) * 10**places < 2**50:
            assert abs(row["shape"]) < 2.1 * 10.0**power
