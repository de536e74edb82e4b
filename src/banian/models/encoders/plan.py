"""How wide the vectors of each categorical field are."""

import math
from collections.abc import Iterator, Mapping

from banian.batches import ID, Fields
from banian.models.encoders.tables import TableField
from banian.spec import IdsSpec, ModelSpec, NoSequencesSpec

_NARROWEST, _WIDEST = 4, 64


def plan_tables(
    fields: Mapping[str, Fields], spec: ModelSpec, *, long_fields: bool = True
) -> tuple[TableField, ...]:
    """Say which categorical fields get rows in a table, and how wide; ids and events only where the spec wants them.

    Fields of so many codes that their gradients are sparse are left out without `long_fields`.
    """
    planned: list[TableField] = []
    for entity in sorted(fields):
        planned += _plan_fields(fields[entity], entity, entity, spec)
    if not isinstance(spec.sequences, NoSequencesSpec):
        for entity in sorted(fields):
            for path, events in sorted(fields[entity].events.items()):
                planned += _plan_fields(events, entity, events_key(entity, path), spec)
    longest = spec.fields.sparse_rows
    return tuple(field for field in planned if long_fields or field.size < longest)


def events_key(entity: str, path: str) -> str:
    """Make the key under which the events of a path of an entity stand beside the entities."""
    return f"{entity} ← {path}"


def auto_width(size: int) -> int:
    """Give a field of so many codes 6·size^¼ units, between 4 and 64, as a power of two: equal widths share a table.

    >>> [auto_width(size) for size in (3, 10, 100, 1000, 100_000)]
    [8, 8, 16, 32, 64]
    """
    units = 2 ** round(math.log2(6 * size**0.25))
    return min(max(_NARROWEST, units), _WIDEST)


def _plan_fields(fields: Fields, entity: str, key: str, spec: ModelSpec) -> Iterator[TableField]:
    for place, (name, size) in enumerate(fields.categories.items()):
        if name == ID or name in fields.links:
            if isinstance(spec.ids, IdsSpec):
                named = fields.links.get(name, entity)
                yield TableField(key, name, place, size, spec.ids.width, ids_of=named)
        else:
            width = spec.fields.widths.get(f"{entity}.{name}", spec.fields.width)
            yield TableField(key, name, place, size, auto_width(size) if width == "auto" else width)
