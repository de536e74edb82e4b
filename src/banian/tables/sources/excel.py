"""A sheet of an Excel file: the first row names the columns, every cell is read as it is shown."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, final

import pyarrow as pa
from typing_extensions import override

from banian.errors import TableError
from banian.extra import import_extra
from banian.storage import sum_of
from banian.tables.sources.base import AbstractBatches
from banian.tables.sources.files import choose_table
from banian.tables.sources.text import as_text, text_batches

_EXACT = 10**15  # Excel keeps and shows 15 digits


@final
class ExcelSheet(AbstractBatches):
    """A sheet; a file has at most 1,048,576 rows, so one sheet fits in memory.

    Args:
        path: The file.
        sheet: Name of the sheet; None takes the only one there is.

    Raises:
        DependencyError: the extra `excel` is not installed.

    """

    def __init__(self, path: Path, sheet: str | None) -> None:
        self._path, self._asked = path, sheet
        self._library = import_extra("excel", "python_calamine")

    @property
    @override
    def faults(self) -> tuple[type[Exception], ...]:
        return (*super().faults, self._library.CalamineError)

    @override
    def columns(self) -> list[str]:
        return [name for name in self._names() if name is not None]

    @override
    def batches(self, columns: list[str]) -> Iterator[pa.RecordBatch]:
        wanted = [at for at, name in enumerate(self._names()) if name in columns]
        rows = self._rows()
        next(rows, None)
        kept = (
            tuple(_shown(row[at]) for at in wanted) for row in rows if any(c != "" for c in row)
        )
        return text_batches(columns, kept)

    @override
    def sum(self) -> str:
        return sum_of(self._path)

    def _names(self) -> list[str | None]:
        """Name every column of the sheet; one that is empty throughout has none."""
        rows = self._rows()
        names = [as_text(_shown(cell)) for cell in next(rows, [])]
        unnamed = [at for at, name in enumerate(names) if not (name or "").strip()]
        for row in rows if unnamed else ():
            for at in unnamed:
                if row[at] != "":
                    raise TableError(
                        f"{self._path.name} has values in column {at + 1}, and no name above them.",
                        remedy="Name it in the first row, which must hold the names of the columns.",
                    )
        return [None if at in unnamed else name for at, name in enumerate(names)]

    def _rows(self) -> Iterator[list[Any]]:
        with self._library.CalamineWorkbook.from_path(self._path) as book:
            there = {name: [name] for name in book.sheet_names}
            sheet = book.get_sheet_by_name(choose_table(self._asked, there, self._path.name))
            yield from sheet.iter_rows()


def _shown(cell: Any) -> Any:  # noqa: ANN401
    match cell:
        case "":
            return None
        case float() if not cell.is_integer() or abs(cell) >= _EXACT:
            return f"{cell:.15g}"
        case _:
            return cell
