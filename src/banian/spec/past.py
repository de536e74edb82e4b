"""What of the past a task is told besides features: its label's windows before the cutoff, and items of lists."""

from dataclasses import replace
from datetime import timedelta

from banian.spec.node import Aggregate, Node, Sql, columns_of, is_condition, windowed_of
from banian.spec.rewrite import rewrite
from banian.spec.task import EntityTaskSpec, TaskSpec
from banian.spec.window import Offset, Window

SPANS = (1, 4, 16)
"""How far back an ask's items are looked for, in lengths of what is asked ahead."""
MOST_ITEMS = 100
"""Of more items of an ask's past those are left out that were there longest ago."""
_EVER = Window(
    Offset(-timedelta(days=110_000)), Offset()
)  # three centuries: all that tables may hold


def entity_of(task: TaskSpec) -> str | None:
    """Name the entity that a task asks about; nothing where it asks about rows."""
    return task.for_each if isinstance(task, EntityTaskSpec) else None


def level_of(task: TaskSpec) -> Node | None:
    """Give the label's tree with its windows mirrored to before the cutoff; nothing where that is no number."""
    parts = windowed_of(task.tree)
    if not parts or is_condition(task.tree) or not all(isinstance(p, Aggregate) for p in parts):
        return None
    return None if is_list(task) else rewrite(task.tree, _mirror)


def is_list(task: TaskSpec) -> bool:
    """Say whether a task's labels are lists of items."""
    return isinstance(task.tree, Aggregate) and task.tree.function == "list_distinct"


def asks_new(task: TaskSpec) -> bool:
    """Say whether a task's lists leave out what the entity had before."""
    return isinstance(task.tree, Aggregate) and task.tree.new


def seen_of(task: TaskSpec) -> tuple[Aggregate, ...]:
    """Give the lists of what was there in each of the SPANS; none where labels are no lists."""
    if not is_list(task):
        return ()
    assert isinstance(task.tree, Aggregate)
    return tuple(
        replace(task.tree, window=Window(Offset(-times * task.horizon), Offset()))
        for times in SPANS
    )


def had_of(task: TaskSpec) -> Aggregate | None:
    """Give the list of all that was ever there; nothing where a task does not ask for what is new."""
    if not asks_new(task):
        return None
    assert isinstance(task.tree, Aggregate)
    return replace(task.tree, window=_EVER, new=False)


def has_query(tree: Node) -> bool:
    """Say whether a query of the user's own stands in a tree: only the tables can answer it."""
    return any(isinstance(part, Sql) for part in windowed_of(tree))


def columns_of_condition(task: TaskSpec) -> frozenset[str]:
    """Name the columns that a task's WHERE reads of the asking row, or of the entity's own."""
    return frozenset() if task.condition is None else columns_of(task.condition)


def aggregates_back(task: TaskSpec) -> tuple[Aggregate, ...]:
    """List all windows of a task that look back, those of its condition too, each once."""
    level, had = level_of(task), had_of(task)
    parts = [
        *(() if level is None else windowed_of(level)),
        *seen_of(task),
        *(() if had is None else (had,)),
        *(() if task.condition is None else windowed_of(task.condition)),
    ]
    return tuple(dict.fromkeys(part for part in parts if isinstance(part, Aggregate)))


def _mirror(node: Node) -> Node:
    if isinstance(node, Aggregate) and node.window.is_ahead:
        return replace(node, window=node.window.mirrored)
    return node
