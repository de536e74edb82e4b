"""Asks of several who asked at the same time, put together grain by grain so that one pass answers them all."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import final

import numpy as np
import pyarrow as pa
from jaxtyping import Int64

from banian.inference.ask_rows import AskRows
from banian.inference.asks import GrainAsks


@final
@dataclass(frozen=True)
class AskedTogether:
    """What one who asks has asked at once, read and typed.

    Args:
        given: the asks as they were given.
        groups: the same, grain by grain.
        wanted: the tasks that alone are to be answered; all that are asked where none is named.

    """

    given: AskRows
    groups: tuple[GrainAsks, ...]
    wanted: tuple[str, ...]


def merge_groups(
    several: Sequence[AskedTogether],
) -> Iterator[tuple[GrainAsks, Int64[np.ndarray, " ask"]]]:
    """Put the asks of several about each grain together; beside each ask, by number, stands who asked it.

    A column that only some of them give is absent in the asks of the others, as it is where it is left out.
    """
    grains: dict[str, list[tuple[int, GrainAsks]]] = {}
    for number, one in enumerate(several):
        for group in one.groups:
            grains.setdefault(group.grain, []).append((number, group))
    for parts in grains.values():
        owner = np.concatenate([np.full(len(group), number) for number, group in parts])
        yield _merge([group for _, group in parts]), owner


def _merge(groups: Sequence[GrainAsks]) -> GrainAsks:
    first, *rest = groups
    if not rest:
        return first
    tasks = tuple(dict.fromkeys(task for group in groups for task in group.tasks))
    asked = np.zeros((sum(map(len, groups)), len(tasks)), bool)
    start = 0
    for group in groups:
        where = [tasks.index(task) for task in group.tasks]
        asked[start : start + len(group), where] = group.asked
        start += len(group)
    return GrainAsks(
        grain=first.grain,
        about=first.about,
        tasks=tasks,
        place=np.concatenate([group.place for group in groups]),
        asked=asked,
        at=np.concatenate([group.at for group in groups]),
        keys=_concat([group.keys for group in groups]),
        context=_concat([group.context for group in groups]),
    )


def _concat(tables: Sequence[pa.Table]) -> pa.Table:
    """Put tables, of which some lack columns or have none at all, below each other."""
    schema = pa.unify_schemas([table.schema for table in tables])
    if not schema.names:
        return tables[0]
    return pa.concat_tables(
        pa.table(
            [
                table[field.name]
                if field.name in table.column_names
                else pa.nulls(len(table), field.type)
                for field in schema
            ],
            schema=schema,
        )
        for table in tables
    )
