import pytest
import torch

from banian.batches import Fields
from banian.models.encoders import TabularEncoder

MAKES = {
    "both": Fields(numeric=3, specials=4, vocabulary_sizes=(5, 7)),
    "numbers": Fields(numeric=2, specials=2, vocabulary_sizes=()),
    "categories": Fields(numeric=0, specials=0, vocabulary_sizes=(6,)),
    "nothing": Fields(numeric=0, specials=0, vocabulary_sizes=()),
}


@pytest.fixture(params=MAKES.values(), ids=MAKES.keys())
def fields(request) -> Fields:
    return request.param


def test_any_make_of_entity_becomes_a_vector_that_all_weights_shape(fields, make_block):
    torch.manual_seed(0)
    encoder = TabularEncoder(fields, width=10, dropout=0.0).double()
    out = encoder(make_block(fields, rows=300))
    assert out.shape == (300, 10)
    out.square().sum().backward()
    assert all(parameter.grad.any() for parameter in encoder.parameters())


def test_dropout_acts_in_training_only(fields, make_block):
    torch.manual_seed(0)
    encoder = TabularEncoder(fields, width=10, dropout=0.5).double()
    block = make_block(fields, rows=20)
    assert not torch.equal(encoder(block), encoder(block))
    encoder.eval()
    assert torch.equal(encoder(block), encoder(block))


@pytest.mark.parametrize("make", ["both", "numbers", "categories"])
def test_different_rows_get_different_vectors(make, make_block):
    torch.manual_seed(0)
    encoder = TabularEncoder(MAKES[make], width=10, dropout=0.0).double()
    out = encoder(make_block(MAKES[make], rows=20))
    assert len(out.detach().unique(dim=0)) > 3
