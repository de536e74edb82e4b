"""What stands for columns that an ask about a row leaves out, held against what the columns were in training."""

from collections.abc import Mapping

import pyarrow as pa

from banian.errors import AskError, SpecError, nearest
from banian.examples import Examples, GrainExamples
from banian.inference.ask_values import read_values
from banian.schema import ColumnType
from banian.spec import RowTaskSpec, ShopSpec, lookup_path

Types = Mapping[str, Mapping[str, ColumnType]]
"""Table → column → what it was in training."""


def served_values(spec: ShopSpec, types: Types, table: str) -> dict[str, pa.Scalar]:
    """Give the values that stand for columns of a table's rows; those that are looked up are not among them.

    Raises:
        SpecError: a column does not exist, or a value or a column that stands for it is of another type.

    """
    found = {}
    for column, value in spec.serve.get(table, {}).items():
        where, kinds = f"serve.{table}.{column}", types[table]
        if column not in kinds:
            raise SpecError(f"{where}: {table} has no such column.", remedy=nearest(column, kinds))
        path = lookup_path(spec.source(table), value)
        if path is not None:
            link, _, wanted = path.partition(".")
            entity = spec.source(table).links[link]
            if wanted not in types[entity]:
                raise SpecError(
                    f"{where}: {entity} has no column {wanted!r}.",
                    remedy=nearest(wanted, types[entity]),
                )
            if types[entity][wanted].kind != kinds[column].kind:
                raise SpecError(
                    f"{where}: {column} is {kinds[column].kind}, and {value} is {types[entity][wanted].kind}.",
                    remedy="Name a column of the same type, or write a value.",
                )
        elif value is not None:
            try:
                read = read_values([value], kinds[column], where=where, places=[0], is_text=False)
            except AskError as error:
                raise SpecError(
                    error.problem.removeprefix("ask 0: "), remedy="Write a value of that type."
                ) from None
            found[column] = read[0]
    return found


def fill_served(
    spec: ShopSpec, types: Types, table: str, given: Mapping[str, pa.Array], *, rows: int
) -> dict[str, pa.Array]:
    """Put the declared values where asks about rows of a table leave columns out, or give null."""
    filled = dict(given)
    for column, value in served_values(spec, types, table).items():
        if column in filled:
            filled[column] = filled[column].fill_null(value)
        else:
            filled[column] = pa.repeat(value, rows)
    return filled


def remark_served(spec: ShopSpec, examples: Examples) -> tuple[str, ...]:
    """Name the columns that are served absent and were never absent in training, a sentence each."""
    remarks = []
    for table, columns in spec.serve.items():
        asking = (rows for rows in examples.grains.values() if _asks_rows(spec, rows, table))
        own = next(asking).entities[table].columns
        for column, value in columns.items():
            if value is None and column in own.column_names and not own[column].null_count:
                remarks.append(
                    f"serve.{table}.{column}: it is absent whenever a row is served, and never was in training: what "
                    f"that means was not learned. Say what stands for it, or leave it out by tables.{table}.ignore."
                )
    return tuple(remarks)


def _asks_rows(spec: ShopSpec, rows: GrainExamples, table: str) -> bool:
    task = spec.tasks[rows.tasks[0]]
    return isinstance(task, RowTaskSpec) and task.rows == table
