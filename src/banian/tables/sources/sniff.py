"""Find out from the first lines of a CSV file what stands between and around its values."""

from itertools import islice, product
from typing import Any

from banian.tables.sources.csv_records import Record, read_records, row_of
from banian.tables.sources.dialect import Dialect

_DELIMITERS = (",", "\t", ";", "|")
_NEVER = "\x1f"  # between the values of a table of one column
_MOST = 500  # records that are looked at
_AGREED = 0.9  # share of the records with as many values as the first, from which a dialect fits
_WRAPPED = 0.5  # share of the records with a value in quotes, from which a mark is one


def sniff(
    lines: list[str], *, delimiter: str | None, quote: str | None, width: int | None
) -> Dialect:
    r"""Choose the dialect by which the records have as many values as the first, or as `width` says.

    Of dialects that fit, the one with most values is chosen; what is given is taken as it is.

    >>> sniff(["a;b\n", "1,5;2,25\n"], delimiter=None, quote=None, width=None)
    Dialect(delimiter=';', quote='"', escape='"')
    """
    text = "".join(lines)
    delimiters = (delimiter,) if delimiter is not None else (_NEVER, *_DELIMITERS)
    choices = product(delimiters, _quotes(text, quote))
    scores = {
        dialect: _score(lines, dialect, width)
        for dialect in (Dialect(between, *around) for between, around in choices)
    }
    return max(scores, key=scores.__getitem__)  # the first of equals


def _quotes(text: str, quote: str | None) -> list[tuple[str, str]]:
    """List the pairs of quote and escape that may be meant, the likeliest first."""
    if quote == "":
        return [("", "")]
    pairs = []
    for mark in ('"', "'") if quote is None else (quote,):
        if mark in text or mark == quote or mark == '"':
            pairs.append((mark, mark))
            if "\\" + mark in text:
                pairs.append((mark, "\\"))
    return pairs


def _score(lines: list[str], dialect: Dialect, width: int | None) -> tuple[Any, ...]:
    records = list(islice(read_records(lines, dialect), _MOST))
    first = next((one for one in records if isinstance(one, Record)), None)
    if first is None:
        return (False, False, 0, False, 0.0, 0)
    wanted = first.values if width is None else width
    found = (row_of(one, wanted, dialect) for one in records if isinstance(one, Record))
    rows = [row for row in found if row is not None]
    share = len(rows) / len(records)
    wrapped = sum(any(map(dialect.quotes, row.split(dialect.delimiter))) for row in rows)
    fits = share >= _AGREED
    return (
        wanted > 1,
        fits,
        wanted if fits else share,
        wrapped > _WRAPPED * len(records),
        share,
        first.values,
    )
