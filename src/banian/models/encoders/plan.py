"""How wide the vectors of each categorical field are."""

import math
from collections.abc import Mapping

from banian.batches import ID, Fields
from banian.models.encoders.tables import TableField
from banian.spec import IdsSpec, ModelSpec

_NARROWEST, _WIDEST = 4, 64


def plan_tables(fields: Mapping[str, Fields], spec: ModelSpec) -> tuple[TableField, ...]:
    """Say which categorical fields get rows in a table, and how wide; ids only where the spec embeds them."""
    planned = []
    for entity in sorted(fields):
        for place, (name, size) in enumerate(fields[entity].categories.items()):
            if name != ID:
                width = spec.fields.widths.get(f"{entity}.{name}", spec.fields.width)
                units = auto_width(size) if width == "auto" else width
                planned.append(TableField(entity, name, place, size, units))
            elif isinstance(spec.ids, IdsSpec):
                # From zero: an entity that training met rarely stays what its fields make of it.
                own = TableField(entity, name, place, size, spec.ids.width, starts_neutral=True)
                planned.append(own)
    return tuple(planned)


def auto_width(size: int) -> int:
    """Give a field of so many codes 6·size^¼ units, between 4 and 64, as a power of two: equal widths share a table.

    >>> [auto_width(size) for size in (3, 10, 100, 1000, 100_000)]
    [8, 8, 16, 32, 64]
    """
    units = 2 ** round(math.log2(6 * size**0.25))
    return min(max(_NARROWEST, units), _WIDEST)
