"""What the encoders of a row's entities promise, whatever the spec makes them of."""

from dataclasses import replace

import pytest
import torch

from banian.batches import Batch, Block, CategoryPart, Events, NumberPart
from banian.models.encoders import EntitiesEncoder, join_rows
from banian.spec import (
    AttentionSpec,
    FieldsSpec,
    IdsSpec,
    ModelSpec,
    PeriodicNumbersSpec,
    TransformerSpec,
)

IDS = IdsSpec(rows=1, width=6)
ATTENTION, TRANSFORMER = AttentionSpec(width=8, steps=4), TransformerSpec(width=8, steps=4)
SPECS = {
    "plain": ModelSpec(),
    "auto widths": ModelSpec(fields=FieldsSpec(width="auto")),
    "ids": ModelSpec(ids=IDS),
    "periodic": ModelSpec(numbers=PeriodicNumbersSpec(frequencies=4)),
    "pairs": ModelSpec(pairs=5),
    "attention": ModelSpec(sequences=ATTENTION),
    "transformer": ModelSpec(sequences=TRANSFORMER),
    "all": ModelSpec(ids=IDS, pairs=5, sequences=ATTENTION, numbers=PeriodicNumbersSpec()),
}
WIDTH, ROWS = 10, 60


def build(spec: ModelSpec, known, seed: int = 0) -> EntitiesEncoder:
    torch.manual_seed(seed)
    return EntitiesEncoder(known, spec, width=WIDTH).double()


@pytest.fixture(params=SPECS.values(), ids=SPECS.keys())
def spec(request) -> ModelSpec:
    return request.param


@pytest.fixture
def encoder(spec, known) -> EntitiesEncoder:
    """An encoder that has left its neutral start, with dropout off."""
    made = build(spec, known).eval()
    for parameter in made.parameters():
        if not parameter.any():
            torch.nn.init.normal_(parameter)
    for table in made.tables.tables.values():
        torch.nn.init.normal_(table.weight)
    return made


def test_gives_a_vector_per_row_as_wide_as_it_says(encoder, make_rows):
    out = encode(encoder, make_rows(ROWS))
    assert out.shape == (ROWS, encoder.dim)
    assert out.isfinite().all()


def test_rows_do_not_see_each_other(encoder, make_rows):
    batch = make_rows(ROWS)
    whole = encode(encoder, batch)
    for chosen in (torch.arange(7), torch.tensor([30, 2])):
        torch.testing.assert_close(
            encode(encoder, batch.rows(chosen)), whole[chosen], rtol=0, atol=1e-10
        )


def test_an_entity_that_no_row_has_is_as_one_that_the_batch_does_not_carry(encoder, make_rows):
    for entity in ("customers", "items"):
        batch = make_rows(ROWS)
        block = batch.blocks[entity]
        gone = replace(
            block,
            present=torch.zeros_like(block.present),
            events={p: seen.map(torch.zeros_like) for p, seen in block.events.items()},
        )
        others = {name: b for name, b in batch.blocks.items() if name != entity}
        without = encode(encoder, replace(batch, blocks=others))
        torch.testing.assert_close(
            encode(encoder, replace(batch, blocks={**others, entity: gone})),
            without,
            rtol=0,
            atol=1e-12,
        )
        assert not torch.allclose(encode(encoder, batch), without)


def encode(encoder: EntitiesEncoder, batch: Batch) -> torch.Tensor:
    rows = join_rows([batch], encoder.names)
    return encoder(rows, encoder.embed(rows, encoder.prepare(rows)))


def test_rows_of_several_batches_come_out_as_those_of_each_alone(encoder, make_rows):
    batches = [make_rows(9), make_rows(6, seed=1, entities=("customers", "offers"))]
    rows = join_rows(batches, encoder.names)
    together = encoder(rows, encoder.embed(rows, encoder.prepare(rows))).split([9, 6])
    for batch, found in zip(batches, together, strict=True):
        torch.testing.assert_close(found, encode(encoder, batch), rtol=0, atol=1e-10)


def garbled(batch: Batch) -> Batch:
    """The same rows, with nonsense wherever nothing is."""
    blocks = {}
    for entity, block in batch.blocks.items():
        copy = block.map(torch.clone)
        copy.part(NumberPart).values[~block.present] = -9
        copy.part(NumberPart).codes[~block.present] = 10**6
        copy.part(CategoryPart).codes[~block.present] = -5
        events = {}
        for path, seen in copy.events.items():
            steps = torch.arange(seen.age.shape[1])
            is_there = steps < seen.count.unsqueeze(1)
            used = (seen.first.unsqueeze(1) + steps)[is_there].unique()
            unused = torch.ones(len(seen.part(NumberPart).values), dtype=torch.bool).index_fill(
                0, used, False
            )
            unused[0] = False  # what steps without an event point at must be readable, and no more
            pool = tuple(part.map(torch.clone) for part in seen.parts)
            numbers, categories = pool
            numbers.values[unused] = -9
            numbers.codes[unused] = 10**6
            categories.codes[unused] = -5
            age = torch.where(is_there, seen.age, torch.nan)
            first = torch.where(seen.count > 0, seen.first, 10**9)
            events[path] = Events(pool, first, seen.count, age)
        blocks[entity] = Block(copy.parts, block.present, events)
    return replace(batch, blocks=blocks)


def gradients(encoder: EntitiesEncoder, batch: Batch) -> list[torch.Tensor]:
    encoder.zero_grad()
    encode(encoder, batch).square().sum().backward()
    return [parameter.grad.clone() for parameter in encoder.parameters()]


def test_what_stands_where_nothing_is_changes_neither_output_nor_gradients(encoder, make_rows):
    batch = make_rows(ROWS)
    assert torch.equal(encode(encoder, garbled(batch)), encode(encoder, batch))
    dirty, clean = gradients(encoder, garbled(batch)), gradients(encoder, batch)
    assert all(torch.equal(one, other) for one, other in zip(dirty, clean, strict=True))


def test_all_parameters_are_used(encoder, make_rows):
    assert all(gradient.any() for gradient in gradients(encoder, make_rows(300)))


def test_dropout_acts_in_training_only(encoder, make_rows):
    batch = make_rows(ROWS)
    assert torch.equal(encode(encoder, batch), encode(encoder, batch))
    encoder.train()
    assert not torch.equal(encode(encoder, batch), encode(encoder, batch))


def test_the_same_seed_builds_the_same_module_whatever_the_order_of_entities(spec, known):
    one, other = build(spec, known), build(spec, dict(reversed(known.items())))
    again = build(spec, known, seed=1)
    assert list(one.state_dict()) == list(other.state_dict())
    pairs = zip(one.parameters(), other.parameters(), strict=True)
    assert all(torch.equal(a, b) for a, b in pairs)
    assert any(
        not torch.equal(a, b) for a, b in zip(one.parameters(), again.parameters(), strict=True)
    )


def test_ids_tell_two_equal_entities_apart_only_where_the_spec_embeds_them(
    spec, encoder, known, make_rows
):
    batch = make_rows(ROWS)
    block = batch.blocks["items"]
    codes = block.part(CategoryPart).codes.clone()
    at = list(known["items"].categories).index("banian id")
    codes[:, at] = torch.where(block.present, (codes[:, at] + 1) % 9, 0)
    renamed = replace(
        batch, blocks={**batch.blocks, "items": block.with_parts(CategoryPart(codes))}
    )
    changed = (encode(encoder, renamed) != encode(encoder, batch)).any(dim=1)
    assert torch.equal(changed, block.present & (spec.ids.kind == "embedded"))


def test_an_event_shares_the_vector_of_the_entity_that_it_names(known):
    encoder = build(SPECS["all"], known)
    rows = encoder.tables.rows
    assert rows["customers ← lines", "lines.item"] == rows["items", "banian id"]
    assert ("customers ← visits", "visits.page") in rows
    plain = build(SPECS["attention"], known)
    assert ("customers ← lines", "lines.item") not in plain.tables.rows


def test_without_sequences_events_cost_nothing(known):
    names = {name for name, _ in build(SPECS["plain"], known).named_parameters()}
    assert not any("sequences" in name or "pairs" in name for name in names)
