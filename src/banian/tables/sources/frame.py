"""A table that is in memory already: a DataFrame of pandas or Polars, an Arrow table, whatever speaks Arrow."""

import sys
from collections.abc import Iterator, Mapping
from hashlib import sha256
from os import PathLike
from pathlib import Path
from typing import Any, final

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.interchange as interchange
from typing_extensions import override

from banian.errors import TableError
from banian.tables.sources.base import AbstractBatches
from banian.tables.sources.raw_rows import check_names
from banian.tables.sources.text import as_text

Data = Path | Mapping[str, pa.Table | Path]
"""A folder of files, or table → its rows or its file."""
GivenData = str | PathLike[str] | Mapping[str, Any]
"""The path of a folder, or table → DataFrame or path of a file, as a user gives it."""
_ROWS = 2**17  # of a batch
_ASK = "Give a DataFrame of pandas or Polars, an Arrow table, or the path of a file."


@final
class Frame(AbstractBatches):
    """Rows in memory.

    Args:
        rows: The rows; column types must be those that engines hold.

    """

    def __init__(self, rows: pa.Table) -> None:
        self._rows = rows

    @override
    def columns(self) -> list[str]:
        return list(self._rows.column_names)

    @override
    def batches(self, columns: list[str]) -> Iterator[pa.RecordBatch]:
        yield from self._rows.select(columns).to_batches(max_chunksize=_ROWS)

    @override
    def sum(self) -> str:
        rows, sink = self._rows.combine_chunks(), pa.BufferOutputStream()
        with pa.ipc.new_stream(sink, rows.schema) as stream:
            stream.write_table(rows)
        return sha256(sink.getvalue()).hexdigest()


def gather_data(given: Any) -> Data:  # noqa: ANN401 -- whatever a user gives
    """Take what a user calls data (`GivenData`): the path of a folder, or table → DataFrame or path of a file.

    Frames are taken over once, so that what can be read only once (a stream of batches) can be summed and read.

    Raises:
        TableError: one of them is no table.

    """
    if not isinstance(given, Mapping):
        if not isinstance(given, str | PathLike):
            raise TableError(
                f"data is a {type(given).__name__}.",
                remedy="Name the folder of the tables, or give them: data={'orders': frame}",
            )
        return Path(given)
    return {name: _gather(str(name), one) for name, one in given.items()}


def _gather(name: str, given: Any) -> pa.Table | Path:  # noqa: ANN401
    if isinstance(given, str | PathLike):
        return Path(given)
    try:
        rows = _to_arrow(given)
        check_names(rows.column_names)
        return _storable(rows)
    except TableError as error:
        raise TableError(f"data[{name!r}]: {error.problem}", remedy=error.remedy) from None
    except (pa.ArrowException, RuntimeError, TypeError, ValueError) as error:
        raise TableError(
            f"data[{name!r}]: this {type(given).__name__} cannot be read: {str(error).splitlines()[0]}",
            remedy=_ASK,
        ) from None


def _to_arrow(given: Any) -> pa.Table:  # noqa: ANN401
    pandas = sys.modules.get("pandas")  # who has a frame of it has imported it
    if pandas is not None and isinstance(given, pandas.DataFrame):
        return _from_pandas(given)
    if isinstance(given, pa.Table):
        return given
    if hasattr(given, "__arrow_c_stream__"):
        stream = pa.RecordBatchReader.from_stream(given)
        return stream.read_all()
    if isinstance(given, pa.RecordBatch):
        return pa.Table.from_batches([given])
    if hasattr(given, "__dataframe__"):
        return interchange.from_dataframe(given)
    lazy = " Collect it first: frame.collect()." if hasattr(given, "collect") else ""
    raise TableError(f"a {type(given).__name__} is no table.{lazy}", remedy=_ASK)


def _from_pandas(frame: Any) -> pa.Table:  # noqa: ANN401
    if frame.columns.nlevels > 1:
        raise TableError(
            "its columns have several levels.",
            remedy="Give every column one name: frame.columns = ['_'.join(c) for c in frame.columns]",
        )
    own = [str(name) for name in frame.columns]
    columns = {name: frame.iloc[:, at] for at, name in enumerate(own)}
    if len(columns) < len(own):
        check_names(own)  # says which name is there twice
    levels = {
        str(name): frame.index.get_level_values(at).to_series()
        for at, name in enumerate(frame.index.names)
        if name is not None and str(name) not in columns
    }
    return pa.table({name: _array(series) for name, series in (levels | columns).items()})


def _array(series: Any) -> pa.Array:  # noqa: ANN401
    """Take a column over; one that mixes types, or has a type of pandas' own, becomes text as in a CSV file."""
    try:
        found = pa.Array.from_pandas(series)
    except (pa.ArrowException, OverflowError, TypeError, UnicodeError, ValueError):
        found = None
    if isinstance(found, pa.ChunkedArray):
        found = found.combine_chunks()
    if found is None or isinstance(found.type, pa.BaseExtensionType):
        absent = series.isna().to_numpy()
        texts = [None if gone else as_text(v) for gone, v in zip(absent, series, strict=True)]
        legible = (t and t.encode("utf-8", "replace").decode() for t in texts)
        return pa.array(legible, pa.string())
    return found


def _storable(rows: pa.Table) -> pa.Table:
    """Give columns types that every engine holds."""
    columns = [_plain(column) for column in rows.columns]
    return pa.table(columns, names=rows.column_names)


def _plain(column: pa.ChunkedArray) -> pa.ChunkedArray:
    kind = column.type
    if isinstance(kind, pa.BaseExtensionType):
        return _plain(column.cast(kind.storage_type))
    if pa.types.is_dictionary(kind):
        return _plain(column.cast(kind.value_type))
    if pa.types.is_run_end_encoded(kind):
        return _plain(pc.run_end_decode(column))
    if pa.types.is_null(kind) or kind in (pa.large_string(), pa.string_view()):
        return column.cast(pa.string())
    if pa.types.is_float16(kind):
        return column.cast(pa.float32())
    if pa.types.is_timestamp(kind) and kind.unit != "us":
        return column.cast(pa.timestamp("us", kind.tz), safe=False)
    if pa.types.is_date64(kind):
        return column.cast(pa.date32())
    if (
        pa.types.is_duration(kind)
        or pa.types.is_decimal256(kind)
        or pa.types.is_binary(kind)
        or kind in (pa.large_binary(), pa.binary_view())
        or pa.types.is_fixed_size_binary(kind)
    ):
        return pa.chunked_array([[as_text(value) for value in column.to_pylist()]], pa.string())
    return column
