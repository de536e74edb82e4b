"""When the columns of a table are known: what their own declaration says, and that of all they are derived from."""

from banian.spec import After, Availability, RowTaskSpec, ShopSpec, SourceTableSpec, latest
from banian.spec.expression import parse_expression
from banian.spec.node import columns_of


def availability_of(spec: ShopSpec, table: str, *columns: str) -> Availability:
    """Say when all of these columns of a row are known.

    A label column without `known_at` is known when its task says that it is final (`within`).
    """
    source = spec.source(table)
    parts = []
    for column in columns:
        if column in source.known_at:
            parts.append(source.available(column))
        else:
            parts += _as_labels(spec, table, column)
        if column in source.derive:
            read = columns_of(parse_expression(source.derive[column]))
            parts.append(availability_of(spec, table, *read))
    return latest(parts)


def reads_of(source: SourceTableSpec, column: str) -> frozenset[str]:
    """Name a column and all that it is derived from."""
    if column not in source.derive:
        return frozenset({column})
    inner = columns_of(parse_expression(source.derive[column]))
    return frozenset({column}).union(*(reads_of(source, name) for name in inner))


def _as_labels(spec: ShopSpec, table: str, column: str) -> list[Availability]:
    tasks = (spec.tasks[n] for n, columns in spec.labels_of(table).items() if column in columns)
    return [
        Availability(frozenset({After(task.within)}))
        for task in tasks
        if isinstance(task, RowTaskSpec) and task.within is not None
    ]
