"""Which tasks of a shop rank which items for whom."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from itertools import permutations
from typing import final

from banian.bundle import Bundle
from banian.errors import AskError, nearest
from banian.inference.asks import readable_columns
from banian.kinds import build_kind
from banian.predictions import chain_of
from banian.recommendation.wish import MEMBERS
from banian.spec import EntityTaskSpec, RowTaskSpec, ShopSpec, SourceTableSpec
from banian.spec.node import Aggregate


@final
@dataclass(frozen=True)
class Goal:
    """Some tasks that rank items.

    Args:
        whom: the entity that items are recommended to.
        whom_column: the column of an ask that names it.
        items: the entity that is recommended; none where items are but values of a column.
        item_column: the column that names an item.
        table: the table in which both stand.
        tasks: of a list, the one that ranks; of rows, a chain of tasks, each given the one before.
        is_list: whether one ask gives a probability to each item; else there is an ask for each item.

    """

    whom: str
    whom_column: str
    items: str | None
    item_column: str
    table: str
    tasks: tuple[str, ...]
    is_list: bool


def find_goal(
    bundle: Bundle,
    named: Collection[str],
    *,
    task: str | None = None,
    items: str | None = None,
    allowed: Collection[str] | None = None,
) -> Goal:
    """Find what ranks items for whoever a request names.

    A task that asks for a list comes first; of tasks about rows the one at the end of the longest chain, since it
    says most of what a shop wants.

    Args:
        bundle: the fitted model.
        named: the columns that the request gives.
        task: the task that shall rank; any where it is left out.
        items: the entity, or its column, that shall be ranked; any where it is left out.
        allowed: the tasks that may be asked; all where they are left out.

    Raises:
        AskError: no task ranks items, or none for who is named; something is named that is no column; or several kinds
            of items could be meant.

    """
    if task is not None and task not in bundle.spec.tasks:
        raise AskError(f"there is no task {task!r}.", remedy=nearest(task, bundle.spec.tasks))
    goals = [one for one in find_goals(bundle) if allowed is None or set(one.tasks) <= set(allowed)]
    if not goals:
        raise AskError("No task of this shop ranks items for anybody.", remedy=_WHAT_IT_TAKES)
    fit = [one for one in goals if task in (None, one.tasks[-1])]
    if not fit:
        ranking = dict.fromkeys(one.tasks[-1] for one in goals)
        raise AskError(
            f"The task {task} ranks no items: it is not about somebody and an item.",
            remedy=f"Name one of {', '.join(ranking)}, or leave task out.",
        )
    fit = [one for one in fit if items in (None, one.items, one.item_column)]
    if not fit:
        known = {name for one in goals for name in (one.items, one.item_column) if name}
        raise AskError(f"No task ranks {items!r} so.", remedy=nearest(str(items), sorted(known)))
    meant = [one for one in fit if one.whom_column in named]
    if not meant:
        raise _nobody_named(bundle, named, fit)
    best = max(meant, key=lambda one: (one.is_list, len(one.tasks)))  # the first of several
    rivals = {one.item_column for one in meant if one.tasks == best.tasks}
    if len(rivals) > 1:
        raise AskError(
            f"It is not said what shall be recommended: {' or '.join(sorted(rivals))}.",
            remedy=f"Write items, such as {best.item_column}.",
        )
    about = bundle.spec.tasks[best.tasks[0]].about
    columns = readable_columns(bundle.spec, bundle.types, about)
    for name in named:
        if name not in columns:
            raise AskError(
                f"{name!r} is no member of a wish, and {about} has no column of that name.",
                remedy=nearest(name, {*columns, *MEMBERS}),
            )
    return best


_WHAT_IT_TAKES = (
    "Fit a model with a task that asks for a list, such as PREDICT LIST_DISTINCT(orders.product, 0, 28d) RANK TOP 12 "
    "FOR EACH customers; or with one of yes or no about rows that link to both, such as PREDICT views.clicked FOR EACH "
    "views."
)


def _nobody_named(bundle: Bundle, named: Collection[str], goals: Sequence[Goal]) -> AskError:
    """Say that nobody is named, and which name may be a misspelled one."""
    columns = dict.fromkeys(one.whom_column for one in goals)
    known = {*columns, *MEMBERS}
    for goal in goals:
        about = bundle.spec.tasks[goal.tasks[0]].about
        known |= readable_columns(bundle.spec, bundle.types, about).keys()
    for name in named:
        if name not in known:
            return AskError(
                f"It is not said for whom: nothing is called {name!r}.",
                remedy=nearest(name, {*columns, *MEMBERS}),
            )
    return AskError(
        "It is not said for whom.", remedy=f"Write {' or '.join(columns)} with its key."
    )


def find_goals(bundle: Bundle) -> Iterator[Goal]:
    """List all that can rank items, in the order of the tasks."""
    spec = bundle.spec
    given = {name: one.given for name, one in spec.tasks.items() if one.given is not None}
    for name, task in spec.tasks.items():
        kind = build_kind(bundle.grains[task.grain].tasks[name].kind)
        match task:
            case EntityTaskSpec() if kind.forms == ("list",):
                tree = task.tree
                assert isinstance(tree, Aggregate)
                column = str(tree.column)
                items = spec.source(tree.table).links.get(column)
                key = str(spec.tables[task.for_each].key)
                yield Goal(task.for_each, key, items, column, tree.table, (name,), is_list=True)
            case RowTaskSpec() if kind.is_probability and task.treatment is None:
                chain = chain_of(name, given)
                for (whom_column, whom), (column, items) in _pairs(spec, task.rows):
                    yield Goal(whom, whom_column, items, column, task.rows, chain, is_list=False)


def _pairs(spec: ShopSpec, table: str) -> Iterator[tuple[tuple[str, str], tuple[str, str]]]:
    """Give all pairs of links to two entities that have tables of their own."""
    links = [
        (column, entity)
        for column, entity in spec.source(table).links.items()
        if isinstance(spec.tables[entity], SourceTableSpec)
    ]
    return ((one, other) for one, other in permutations(links, 2) if one[1] != other[1])
