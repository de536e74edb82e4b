"""Checks that the columns which a table's spec declares are among those of its source."""

from banian.errors import SpecError, nearest
from banian.schema import times_of
from banian.spec import SourceTableSpec


def check_declared(name: str, spec: SourceTableSpec, columns: tuple[str, ...]) -> None:
    """Check that every declared column is there, and that no derived one takes another's place.

    Raises:
        SpecError: one is missing, or there twice.

    """
    where = f"tables.{name}"
    there = (*columns, *spec.derive)
    declared = {
        "key": spec.key,
        "time": spec.time,
        "scene": spec.scene,
        **{f"links.{column}": column for column in spec.links},
        **{f"known_at.{column}": column for column in spec.known_at},
        **{f"means.{column}": column for column in spec.means},
        **{
            f"{content}.{column}": column
            for content in ("text", "image", "audio")
            for column in getattr(spec, content)
        },
        **{f"known_at.{c}": when for c in spec.known_at for when in spec.available(c).times},
    }
    for role, column in declared.items():
        if column is not None and column not in there:
            raise SpecError(
                f"{where}.{role}: {spec.origin} has no column {column!r}.",
                remedy=nearest(column, there),
            )
    for column in times_of(spec):
        if column in spec.derive:
            raise SpecError(
                f"{where}.derive.{column}: a time cannot be derived.",
                remedy=f"Name a column of {spec.origin}.",
            )
    folded = {column.casefold() for column in columns}
    for column in spec.derive:
        if column.casefold() in folded:
            raise SpecError(
                f"{where}.derive.{column}: {spec.origin} already has a column of that name.",
                remedy="Choose another name.",
            )
        folded.add(column.casefold())


def check_named(name: str, spec: SourceTableSpec, columns: tuple[str, ...]) -> None:
    """Check that every column to be ignored or hashed is there; `columns` are all columns of the source.

    Raises:
        SpecError: a name was mistyped, and its column would have been read as it is.

    """
    for role, named in (("ignore", spec.ignore), ("pii", spec.pii)):
        for column in named:
            if column not in columns:
                raise SpecError(
                    f"tables.{name}.{role}: {spec.origin} has no column {column!r}.",
                    remedy=nearest(column, columns),
                )
