import pytest
import torch

from banian.batches import Block, Fields
from banian.models.encoders import EntityEncoder

FIELDS = Fields(numeric=3, specials=4, vocabulary_sizes=(5, 7))


@pytest.fixture
def encoder() -> EntityEncoder:
    torch.manual_seed(0)
    encoder = EntityEncoder(FIELDS, width=10, dropout=0.0).double()
    torch.nn.init.normal_(encoder.absent)
    return encoder


@pytest.fixture
def block(make_block) -> Block:
    return make_block(FIELDS, rows=30)


def with_garbage(block: Block) -> Block:
    absent = ~block.present
    assert absent.any()
    numeric, special = block.numeric.clone(), block.special.clone()
    categorical = block.categorical.clone()
    numeric[absent] = torch.nan
    special[absent] = 10**6
    categorical[absent] = -5
    return Block(numeric, special, categorical, block.present)


def gradients(encoder: EntityEncoder, block: Block) -> list[torch.Tensor]:
    encoder.zero_grad()
    encoder(block).square().sum().backward()
    return [parameter.grad.clone() for parameter in encoder.parameters()]


def test_an_absent_entity_is_the_learned_vector(encoder, block):
    out = encoder(block)
    assert (out[~block.present] == encoder.absent).all()
    assert (out[block.present] != encoder.absent).any(dim=1).all()


def test_garbage_in_absent_rows_changes_neither_output_nor_gradients(encoder, block):
    garbage = with_garbage(block)
    assert torch.equal(encoder(garbage), encoder(block))
    for dirty, clean in zip(gradients(encoder, garbage), gradients(encoder, block), strict=True):
        assert clean.any()
        assert torch.equal(dirty, clean)


def test_the_absent_vector_learns_from_absent_rows_alone(encoder, block):
    everywhere = Block(
        block.numeric, block.special, block.categorical, torch.ones_like(block.present)
    )
    encoder(everywhere).sum().backward()
    assert not encoder.absent.grad.any()
    encoder.zero_grad()
    encoder(block).sum().backward()
    assert (encoder.absent.grad == (~block.present).sum()).all()
