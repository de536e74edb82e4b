"""What columns mean beside how they are stored: as declared, or sentences among the columns of text."""

from collections.abc import Collection, Mapping
from dataclasses import replace

import ibis.expr.types as ir

from banian.errors import SpecError
from banian.schema import ColumnType, times_of
from banian.spec import SemanticType, SourceTableSpec
from banian.tables.engines import NAME, TIMES, VALUE, AbstractEngine

_AT_ONCE = 1_000  # columns whose values are looked at in one query
_FEWEST = 100  # values, of fewer nobody can say
_SENTENCES = 0.5  # share of the values with four words or more, from which on a column may be text
_DIFFERENT = 0.9  # share of the values that must differ: a category repeats, whatever its length
_FOUR_WORDS = r"\S\s+\S+\s+\S+\s+\S"
_FITS: dict[SemanticType, tuple[str, ...]] = {
    "number": ("whole", "decimal", "float"),
    "truth": ("boolean",),
    "category": ("text", "whole"),
    "time": ("time",),
    "text": ("text",),
    "image": ("text", "other"),
    "audio": ("text", "other"),
    "id": ("text", "whole"),
}
"""Semantic type → how a column of it may be stored."""
UNREAD: tuple[SemanticType, ...] = ("image", "audio")
"""What no feature is made of yet."""


def find_texts(engine: AbstractEngine, table: ir.Table, columns: Collection[str]) -> frozenset[str]:
    """Find those among columns of text that hold sentences: mostly of several words, and hardly two alike."""
    found: set[str] = set()
    names = list(columns)
    for first in range(0, len(names), _AT_ONCE):
        values = engine.tally(table, names[first : first + _AT_ONCE])
        times = values[TIMES]
        several = values[VALUE].re_search(_FOUR_WORDS).ifelse(times, 0)
        counted = values.group_by(NAME).aggregate(
            values=times.sum(), several=several.sum(), different=values.count()
        )
        found |= {
            row[NAME]
            for row in counted.to_pyarrow().to_pylist()
            if row["values"] >= _FEWEST
            and row["several"] >= _SENTENCES * row["values"]
            and row["different"] >= _DIFFERENT * row["values"]
        }
    return frozenset(found)


def declare_meanings(
    name: str, spec: SourceTableSpec, types: Mapping[str, ColumnType]
) -> dict[str, ColumnType]:
    """Put what a table's spec says of its columns beside their types.

    Raises:
        SpecError: a column is stored otherwise, or has another role.

    """
    meant = dict(types)
    for column, semantic in spec.meanings.items():
        key = "means" if column in spec.means else str(semantic)
        where, kind = f"tables.{name}.{key}.{column}", types[column]
        roles = {"a time": column in times_of(spec), "a key or a link": kind.is_name}
        for role, has_it in roles.items():
            if has_it:
                raise SpecError(
                    f"{where}: it is {role}, and so means that.", remedy=f"Leave it out of {key}."
                )
        if kind.kind not in _FITS[semantic]:
            others = [other for other, kinds in _FITS.items() if kind.kind in kinds]
            raise SpecError(
                f"{where}: {column} holds {_NOUNS.get(kind.kind, 'what is no value')}, which cannot mean {semantic}.",
                remedy=f"Write one of {', '.join(others)}, or leave it out of {key}.",
            )
        meant[column] = replace(kind, semantic=semantic)
    return meant


def count_unread(table: ir.Table, types: Mapping[str, ColumnType]) -> dict[str, int]:
    """Count the values of columns that no feature is made of yet, by what is to be said of them."""
    unread = {column: kind.semantic for column, kind in types.items() if kind.semantic in UNREAD}
    if not unread:
        return {}
    counts = {f"{at}": table[column].count() for at, column in enumerate(unread)}
    found = table.aggregate(**counts).to_pyarrow().to_pylist()[0]
    return {
        f"{column} means {semantic}, of which no feature is made yet": int(found[f"{at}"])
        for at, (column, semantic) in enumerate(unread.items())
        if found[f"{at}"]
    }


_NOUNS = {
    "text": "text",
    "whole": "whole numbers",
    "decimal": "numbers with fractions",
    "float": "numbers with fractions",
    "boolean": "true and false",
    "time": "times",
}
