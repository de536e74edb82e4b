"""Entities with ids and histories, and rows that see them."""

from collections.abc import Callable, Mapping
from dataclasses import replace

import pytest
import torch
from packed import pack

from banian.batches import ID, Batch, Block, CategoryPart, Events, Fields, NumberPart

STEPS = 4
ITEMS = 9
LINES = Fields(
    numeric=2,
    specials=4,
    vocabulary_sizes=(6, ITEMS),
    names=("lines.channel", "lines.item"),
    bins=3,
    links={"lines.item": "items"},
    steps=STEPS,
)
VISITS = Fields(numeric=0, specials=4, vocabulary_sizes=(5,), names=("visits.page",), steps=STEPS)
KNOWN = {
    "customers": Fields(
        numeric=3,
        specials=4,
        vocabulary_sizes=(5, 7),
        names=("city", ID),
        events={"lines": LINES, "visits": VISITS},
    ),
    "items": Fields(numeric=2, specials=4, vocabulary_sizes=(4, ITEMS), names=("brand", ID)),
    "offers": Fields(numeric=1, specials=4, vocabulary_sizes=(3,), names=("place",)),
}


def draw_numbers(
    fields: Fields, rows: int, generator: torch.Generator
) -> tuple[NumberPart, CategoryPart]:
    def draw(*shape: int) -> torch.Tensor:
        return torch.rand(*shape, generator=generator, dtype=torch.float64)

    special = (draw(rows, fields.numeric) * 2 * fields.specials).long() % max(fields.specials, 1)
    rank = draw(rows, fields.numeric)
    codes = [(draw(rows) * size).long() for size in fields.vocabulary_sizes]
    categorical = torch.stack(codes, 1) if codes else torch.zeros(rows, 0, dtype=torch.long)
    return pack(rank, rank * 4 - 2, special), CategoryPart(categorical)


def draw_seen(fields: Fields, rows: int, generator: torch.Generator) -> Events:
    count = torch.randint(0, STEPS + 1, (rows,), generator=generator)
    first = torch.randint(0, 30, (rows,), generator=generator)
    age = torch.randn(rows, STEPS, generator=generator, dtype=torch.float64)
    return Events(draw_numbers(fields, 30 + STEPS, generator), first, count, age)


def draw_known(fields: Fields, rows: int, generator: torch.Generator) -> Block:
    present = torch.rand(rows, generator=generator) < 0.8
    block = Block(draw_numbers(fields, rows, generator), present)
    block = block.map(lambda tensor: tensor * present.reshape(-1, *[1] * (tensor.ndim - 1)))
    events = {p: draw_seen(seen, rows, generator) for p, seen in sorted(fields.events.items())}
    events = {path: replace(seen, count=seen.count * present) for path, seen in events.items()}
    return replace(block, events=events)


@pytest.fixture
def known() -> Mapping[str, Fields]:
    return KNOWN


@pytest.fixture
def make_rows() -> Callable[..., Batch]:
    """Rows of offers: of a customer, and of an item unless they are left out."""

    def make(rows: int, *, seed: int = 0, entities: tuple[str, ...] = tuple(KNOWN)) -> Batch:
        generator = torch.Generator().manual_seed(seed)
        blocks = {name: draw_known(KNOWN[name], rows, generator) for name in KNOWN}
        return Batch(
            grain="offers",
            tasks=("taken",),
            blocks={name: blocks[name] for name in entities},
            scene=torch.zeros(rows, dtype=torch.long),
            level=torch.zeros(rows, 1, dtype=torch.float64),
            label=torch.zeros(rows, 1, dtype=torch.float64),
            mask=torch.ones(rows, 1, dtype=torch.bool),
        )

    return make
