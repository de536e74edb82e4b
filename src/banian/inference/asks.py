"""Asks: who is asked what, as of when, and what is known of a row that stands in no table."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, final

import numpy as np
import pyarrow as pa
from jaxtyping import Bool, Int64

from banian.errors import AskError, SpecError, nearest
from banian.features.stored_rows import NEVER
from banian.inference.ask_rows import AskRows
from banian.inference.ask_values import read_values
from banian.inference.moment import read_tick
from banian.inference.served import fill_served
from banian.schema import ColumnType
from banian.schema.keyed_hash import hash_value, read_key
from banian.spec import DerivedTableSpec, EntityTaskSpec, ShopSpec, SourceTableSpec, TaskSpec

TASK, GRAIN, AT = "task", "grain", "at"
"""Columns of asks that say what is asked, about what, and as of when."""
_KEPT = (TASK, GRAIN, AT)


@final
@dataclass(frozen=True)
class GrainAsks:
    """The asks about one grain, typed.

    Args:
        grain: what is asked about: an entity, or rows of a table.
        about: the table, or the derived entity.
        tasks: what is asked, in the order in which the spec has the tasks.
        place: the numbers of the asks among all that were given, from 0.
        asked: whether an ask asks a task.
        at: as of when, in ticks; NEVER where the table has no time.
        keys: columns that name who or what is asked about, for the answer.
        context: column of the table → what the ask says of it; only columns that some ask gives.

    """

    grain: str
    about: str
    tasks: tuple[str, ...]
    place: Int64[np.ndarray, " ask"]
    asked: Bool[np.ndarray, "ask task"]
    at: Int64[np.ndarray, " ask"]
    keys: pa.Table
    context: pa.Table

    def __len__(self) -> int:
        return len(self.place)

    def slice(self, start: int, most: int) -> "GrainAsks":
        """Take at most so many asks from `start` on."""
        part = slice(start, start + most)
        return replace(
            self,
            place=self.place[part],
            asked=self.asked[part],
            at=self.at[part],
            keys=self.keys.slice(start, most),
            context=self.context.slice(start, most),
        )


def read_asks(
    rows: AskRows,
    spec: ShopSpec,
    types: Mapping[str, Mapping[str, ColumnType]],
    *,
    latest: Callable[[str], int | None],
    tasks: Sequence[str] = (),
    is_text: bool = False,
) -> list[GrainAsks]:
    """Read asks, grain by grain.

    An ask has `task` (a name, or a list of them) or `grain` (all tasks about it); the key of the entity, or columns of
    the row that asks; and `at`, the moment as of which it is asked. At row grain `at` may stand in the table's own time
    column. What an ask leaves out, or gives as null, is not known of a row; of an entity it is what the store says.

    Args:
        rows: the asks as they were given.
        spec: the shop.
        types: table → column → what it was in training.
        latest: gives the tick at which asks about a grain are asked that say no moment; none where they must say one.
        tasks: these only; all where none is named.
        is_text: whether the values come from a file that knows nothing but text, such as CSV.

    Raises:
        AskError: an ask is about nothing that there is, has a column that there is not, or a value of another type.

    """
    found: dict[str, dict[int, tuple[str, ...]]] = {}
    understood: dict[str, tuple[str, tuple[str, ...]]] = {}
    said = rows.said(TASK), rows.said(GRAIN)
    for place, (task, grain) in enumerate(zip(*said, strict=True)):
        question = f"{task!r} {grain!r}"
        if question not in understood:
            understood[question] = _question(task, grain, place, spec, tasks)
        grain, wanted = understood[question]
        if wanted := tuple(name for name in wanted if not tasks or name in tasks):
            found.setdefault(grain, {})[place] = wanted
    return [
        _read_grain(rows, spec, types, grain, asked, latest(grain), is_text=is_text)
        for grain, asked in found.items()
    ]


def _question(
    task: Any,  # noqa: ANN401
    grain: Any,  # noqa: ANN401
    place: int,
    spec: ShopSpec,
    tasks: Sequence[str],
) -> tuple[str, tuple[str, ...]]:
    """Say which grain an ask is about, and which of its tasks it asks."""
    chosen = {name: one for name, one in spec.tasks.items() if not tasks or name in tasks}
    if task is not None:
        names = list(task) if isinstance(task, list | tuple) and task else [task]
        for name in names:
            if not isinstance(name, str) or name not in spec.tasks:
                raise AskError(
                    f"ask {place}: there is no task {name!r}.",
                    remedy=nearest(str(name), spec.tasks),
                )
        grains = {spec.tasks[name].grain for name in names}
        tables = {spec.tasks[name].about for name in names}
        if len(grains) > 1 or not (grain is None or {grain} in (grains, tables)):
            said = ", ".join(f"{name} is about {spec.tasks[name].grain}" for name in names)
            raise AskError(
                f"ask {place}: an ask is about one grain; {said}"
                + (f", and grain says {grain!r}." if grain is not None else "."),
                remedy="Ask them apart.",
            )
        return grains.pop(), tuple(names)
    grains = {one.grain for one in chosen.values()}
    if grain is None and len(grains) == 1:
        grain = grains.pop()  # there is but one to be meant
    abouts = {one.grain: one.about for one in spec.tasks.values()}
    meant = [name for name in abouts if name == grain]
    meant = meant or [name for name, about in abouts.items() if about == grain]
    if len(meant) != 1:
        raise AskError(
            f"ask {place}: {_why_no_grain(grain, meant)}", remedy=_say_grains(grain, chosen)
        )
    return meant[0], tuple(name for name, one in spec.tasks.items() if one.grain == meant[0])


def _why_no_grain(grain: object, meant: Sequence[str]) -> str:
    if meant:
        return f"grain {grain!r} may be {' or '.join(meant)}."
    return "it says neither task nor grain." if grain is None else f"no task is about {grain!r}."


def _say_grains(grain: object, chosen: Mapping[str, TaskSpec]) -> str:
    grains = sorted({one.grain for one in chosen.values()})
    if grain is not None:
        return nearest(str(grain), grains)
    return f"Write task, one of {', '.join(chosen)}, or grain: {', '.join(grains)}."


def _read_grain(
    rows: AskRows,
    spec: ShopSpec,
    types: Mapping[str, Mapping[str, ColumnType]],
    grain: str,
    asked: Mapping[int, tuple[str, ...]],
    latest: int | None,
    *,
    is_text: bool,
) -> GrainAsks:
    places = list(asked)
    wanted = {name for names in asked.values() for name in names}
    tasks = tuple(name for name in spec.tasks if name in wanted)
    is_entity = isinstance(spec.tasks[tasks[0]], EntityTaskSpec)
    about = spec.tasks[tasks[0]].about
    readable = readable_columns(spec, types, about)
    time = None if is_entity else spec.source(about).time
    hashed = spec.source(about).pii
    key = read_key() if hashed else ""
    context = {}
    for name in rows.columns:
        if name in _KEPT or all(rows.get(name, place) is None for place in places):
            continue
        if name not in readable:
            place = next(place for place in places if rows.get(name, place) is not None)
            raise AskError(
                f"ask {place}: {about} has no column {name!r}.",
                remedy=nearest(name, readable),
            )
        given = rows.take(name, places)
        context[name] = read_values(
            [hash_value(value, key) for value in given] if name in hashed else given,
            readable[name],
            where=name,
            places=places,
            is_text=is_text,
            left_out=_left_out(name, spec, about, is_entity=is_entity),
        )
    if not is_entity:
        context = fill_served(spec, types, about, context, rows=len(places))
    at = _moments(rows, time, places, latest, is_static=not is_entity and time is None, about=about)
    if time is not None:
        context[time] = pa.array(at, pa.timestamp("us"))
    table = pa.table(context or {"": pa.nulls(len(places))}).select(list(context))
    return GrainAsks(
        grain=grain,
        about=about,
        tasks=tasks,
        place=np.array(places, np.int64),
        asked=np.array([[task in asked[place] for task in tasks] for place in places], bool),
        at=at,
        keys=_keys(spec, about, table, places, is_entity=is_entity),
        context=table,
    )


def _left_out(name: str, spec: ShopSpec, about: str, *, is_entity: bool) -> str | None:
    """Say what an ask says of a column that it leaves out; none where it cannot."""
    if not is_entity:
        return "it is not known"
    return None if name == spec.tables[about].key else "what is stored stands"


def readable_columns(
    spec: ShopSpec, types: Mapping[str, Mapping[str, ColumnType]], about: str
) -> Mapping[str, ColumnType]:
    """Give the columns that an ask about a table may give: those of its table that are not derived from others."""
    declared = spec.tables[about]
    if isinstance(declared, DerivedTableSpec):
        return {declared.key: types[declared.from_][declared.key]}
    return {name: kind for name, kind in types[about].items() if name not in declared.derive}


def _keys(
    spec: ShopSpec, about: str, context: pa.Table, places: Sequence[int], *, is_entity: bool
) -> pa.Table:
    """Give the columns that name who or what is asked about."""
    declared = spec.tables[about]
    if is_entity:
        key = str(declared.key)
        is_named = np.zeros(len(places), bool)
        if key in context.column_names:
            is_named = context[key].is_valid().to_numpy()
        if not is_named.all():
            raise AskError(
                f"ask {places[int(np.argmin(is_named))]} names none of {about}.",
                remedy=f"Write {key}; one that nobody has seen will do.",
            )
        return context.select([key])
    assert isinstance(declared, SourceTableSpec)
    names = [name for name in (declared.key, *declared.links) if name in context.column_names]
    return context.select(names)


def _moments(
    rows: AskRows,
    time: str | None,
    places: Sequence[int],
    latest: int | None,
    *,
    is_static: bool,
    about: str,
) -> Int64[np.ndarray, " ask"]:
    """Say as of when each ask is asked; `time` is the column of the grain that may say it, too."""
    found, known = np.full(len(places), NEVER), dict[str, int]()
    names = (AT,) if time is None else (AT, time)
    columns = {name: rows.said(name) for name in names if name in rows.columns}
    for at, place in enumerate(places):
        said = {name: value for name, one in columns.items() if (value := one[place]) is not None}
        if is_static:
            if AT in said:
                raise AskError(
                    f"ask {place}: {about} has no time, so that nothing in it is as of {said[AT]}.",
                    remedy="Leave at out.",
                )
            continue
        try:
            moments = {read_tick(value, known) for value in said.values()}
        except SpecError as error:
            raise AskError(f"ask {place}: {error.problem}", remedy=error.remedy) from None
        if len(moments) > 1:
            told = " and ".join(f"{name} {value}" for name, value in said.items())
            raise AskError(f"ask {place} has two moments: {told}.", remedy=f"Leave {AT} out.")
        if not moments and latest is None:
            raise AskError(
                f"ask {place} does not say as of when, and the store holds no time.",
                remedy=f"Write {AT}, such as 2018-02-01T12:00.",
            )
        found[at] = moments.pop() if moments else latest
    return found
