"""Which columns of a row become features.

Never a feature: a label of the same row, what is derived from one, and what becomes known after the row.
"""

from collections.abc import Iterable, Iterator, Mapping

from banian.errors import SpecError
from banian.features.availability import availability_of, reads_of
from banian.features.feature import Feature
from banian.schema import ColumnType, times_of
from banian.spec import AT_ROW, Content, SemanticType, ShopSpec, SourceTableSpec


def own_columns(spec: ShopSpec, table: str, types: Mapping[str, ColumnType]) -> tuple[str, ...]:
    """Name the columns of a row that were known when it came to be and describe it.

    Not among them: its key, the times that say when rows or columns are known, columns with `known_at`, labels and
    treatments of any task, what is derived from them, and what they are derived from, unless it is trusted: who knows
    all that knows the label.
    """
    source = spec.source(table)
    labels = spec.treatments_of(table).union(*spec.labels_of(table).values())
    sources = frozenset[str]().union(*(reads_of(source, label) for label in labels))
    labels |= sources - set(source.trust)
    return tuple(
        name
        for name, kind in types.items()
        if is_read(kind)
        and name != source.key
        and name not in times_of(source)
        and not reads_of(source, name) & (labels | source.known_at.keys())
    )


def own_features(
    spec: ShopSpec, table: str, types: Mapping[str, ColumnType], columns: Iterable[str]
) -> Iterator[Feature]:
    """Make features of columns of an entity's own row: of a date its age."""
    source = spec.source(table)
    for name in columns:
        kind = semantic_type(source, types, name)
        known = AT_ROW if source.time is None else availability_of(spec, table, name)
        statistic = "age" if kind == "time" else "value"
        yield Feature(table, statistic, name, source.time, known=known, semantic=kind)


def own_numbers(spec: ShopSpec, table: str, types: Mapping[str, ColumnType]) -> tuple[str, ...]:
    """Name those of a row's own columns that one can compute with."""
    own = own_columns(spec, table, types)
    return tuple(n for n in own if semantic_type(spec.source(table), types, n) == "number")


def semantic_type(
    table: SourceTableSpec, types: Mapping[str, ColumnType], column: str
) -> SemanticType:
    """Say what a column means: keys and links are ids and scenes categories, even where they are written as numbers.

    Else it is what was declared, or found of text in training, or what follows from how it is stored.
    """
    kind = types[column]
    if kind.kind == "time":
        return "time"
    if kind.is_name or column in table.links:
        return "id"
    if column == table.scene:
        return "category"
    if kind.semantic is not None:
        return kind.semantic
    if kind.kind == "boolean":
        return "truth"
    return "number" if kind.is_number else "category"


def contents_of(spec: ShopSpec, features: Iterable[Feature]) -> dict[str, Content]:
    """Name the features that an encoder of their own reads: those of columns of which the spec says that they are such.

    Text that was only found is a category, as long as nobody declares it.
    """
    return {
        one.name: found
        for one in features
        if (found := one.content) is not None
        and spec.source(one.origin.table).meanings.get(str(one.column)) == found
    }


def is_read(kind: ColumnType) -> bool:
    """Say whether features are made of such a column; text is read as a category, of images and audio nothing is."""
    return kind.kind != "other" and kind.semantic not in ("image", "audio")


def refuse_twins(features: Iterable[Feature], *, of: str) -> None:
    """Hold the names of an entity's features, or of one event's values, against each other; case is no difference.

    Raises:
        SpecError: two are the same, such as a column that is called like a feature of the history.

    """
    folded: set[str] = set()
    for feature in features:
        name = feature.name
        if name.casefold() in folded:
            raise SpecError(
                f"tables.{of}: two features are called {name!r}, for a column or a table has such "
                f"a name; one of them is: {feature.meaning}.",
                remedy="Rename that column or table in its source, or leave the column out: ignore: [COLUMN].",
            )
        folded.add(name.casefold())
