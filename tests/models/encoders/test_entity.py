from dataclasses import replace

import pytest
import torch

from banian.batches import Block, Fields, NumberPart
from banian.models.encoders import EntityEncoder
from banian.spec import ModelSpec

FIELDS = Fields(numeric=3, specials=4, vocabulary_sizes=())


@pytest.fixture
def encoder() -> EntityEncoder:
    torch.manual_seed(0)
    encoder = EntityEncoder(FIELDS, ModelSpec(dropout=0), categorical=6, width=10).double()
    torch.nn.init.normal_(encoder.absent)
    return encoder


@pytest.fixture
def block(make_block) -> Block:
    return make_block(FIELDS, rows=30)


@pytest.fixture
def vectors() -> torch.Tensor:
    """What a table said of its categorical fields."""
    return torch.randn(30, 6, generator=torch.Generator().manual_seed(1)).double()


def with_garbage(block: Block) -> Block:
    absent = ~block.present
    assert absent.any()
    garbage = block.map(torch.clone)
    garbage.part(NumberPart).values[absent] = torch.nan
    garbage.part(NumberPart).codes[absent] = 10**6
    return replace(garbage, present=block.present)


def gradients(encoder: EntityEncoder, block: Block, vectors: torch.Tensor) -> list[torch.Tensor]:
    encoder.zero_grad()
    encoder(block, encoder.prepare(block), vectors).square().sum().backward()
    return [parameter.grad.clone() for parameter in encoder.parameters()]


def test_an_absent_entity_is_the_learned_vector(encoder, block, vectors):
    out = encoder(block, encoder.prepare(block), vectors)
    assert (out[~block.present] == encoder.absent).all()
    assert (out[block.present] != encoder.absent).any(dim=1).all()


def test_garbage_in_absent_rows_changes_neither_output_nor_gradients(encoder, block, vectors):
    garbage = with_garbage(block)
    assert torch.equal(
        encoder(garbage, encoder.prepare(garbage), vectors),
        encoder(block, encoder.prepare(block), vectors),
    )
    dirts, cleans = (gradients(encoder, one, vectors) for one in (garbage, block))
    for dirty, clean in zip(dirts, cleans, strict=True):
        assert clean.any()
        assert torch.equal(dirty, clean)


def test_the_absent_vector_learns_from_absent_rows_alone(encoder, block, vectors):
    everywhere = replace(block, present=torch.ones_like(block.present))
    encoder(everywhere, encoder.prepare(everywhere), vectors).sum().backward()
    assert not encoder.absent.grad.any()
    encoder.zero_grad()
    encoder(block, encoder.prepare(block), vectors).sum().backward()
    assert (encoder.absent.grad == (~block.present).sum()).all()
