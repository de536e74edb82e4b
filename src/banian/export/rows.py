"""Rows at random, as `encode_rows` would give them: what a graph is traced and tried on, where there are no tables.

Ids and categories that training never saw are among them, entities that are absent, and rows without an event.
"""

from collections.abc import Mapping

import torch
from torch import Tensor

from banian.batches import Batch, Block, CategoryPart, Events, Fields, NumberPart

_RANKS = 2**15 - 1
_POOL = 5


def draw_rows(
    fields: Mapping[str, Fields],
    *,
    grain: str,
    entities: tuple[str, ...],
    tasks: tuple[str, ...],
    scenes: int,
    rows: int,
    seed: int = 0,
) -> Batch:
    """Draw rows of a grain.

    Args:
        fields: Entity → its fields.
        grain: Name of the grain.
        entities: Names of its entities.
        tasks: Names of its tasks.
        scenes: How many codes of scenes there are.
        rows: How many rows.
        seed: The same seed gives the same rows.

    """
    generator = torch.Generator().manual_seed(seed)
    level = torch.rand(rows, len(tasks), generator=generator) * 30
    return Batch(
        grain=grain,
        tasks=tasks,
        blocks={name: _draw_block(fields[name], rows, generator) for name in entities},
        scene=torch.randint(scenes, (rows,), generator=generator),
        level=level,
        label=torch.zeros(rows, len(tasks)),
        mask=torch.zeros(rows, len(tasks), dtype=torch.bool),
    )


def _draw_block(fields: Fields, rows: int, generator: torch.Generator) -> Block:
    present = torch.rand(rows, generator=generator) < 0.8
    parts = _draw_parts(fields, rows, generator)
    events = {
        path: _draw_events(found, rows, generator) for path, found in sorted(fields.events.items())
    }
    block = Block(parts, present, events)
    return block.map(lambda tensor: tensor * present.reshape(-1, *[1] * (tensor.ndim - 1)))


def _draw_events(fields: Fields, rows: int, generator: torch.Generator) -> Events:
    first = torch.randint(_POOL, (rows,), generator=generator)
    count = torch.randint(_POOL + 1, (rows,), generator=generator)
    count = torch.minimum(count, _POOL - first).clamp(max=fields.steps)
    age = torch.randn(rows, fields.steps, generator=generator)
    return Events(_draw_parts(fields, _POOL, generator), first, count, age)


def _draw_parts(
    fields: Fields, rows: int, generator: torch.Generator
) -> tuple[NumberPart, CategoryPart]:
    def draw(high: int, *shape: int) -> Tensor:
        return torch.randint(max(high, 1), shape, generator=generator)

    codes = draw(fields.specials, rows, fields.numeric) * draw(2, rows, fields.numeric)
    values = draw(_RANKS, rows, fields.numeric, 2).to(torch.int16) * (codes == 0).unsqueeze(2)
    categories = [draw(size, rows) for size in fields.vocabulary_sizes]
    stacked = torch.stack(categories, dim=1) if categories else torch.zeros(rows, 0)
    return NumberPart(values, codes.to(torch.int8)), CategoryPart(stacked.int())
