import pytest
import torch

from banian.batches import Fields
from banian.models.encoders import TabularEncoder
from banian.spec import ModelSpec

MAKES = {"both": (3, 6), "numbers": (2, 0), "categories": (0, 4), "nothing": (0, 0)}


@pytest.fixture(params=MAKES.values(), ids=MAKES.keys())
def make(request) -> tuple[int, int]:
    return request.param


@pytest.fixture
def given(make_block):
    """An encoder for so many numbers and units of categorical fields, and rows for it."""

    def build(make, rows, dropout=0.0):
        fields = Fields(numeric=make[0], specials=4, vocabulary_sizes=())
        torch.manual_seed(0)
        encoder = TabularEncoder(
            fields, ModelSpec(dropout=dropout), categorical=make[1], width=10
        ).double()
        block = make_block(fields, rows=rows)
        return encoder, (block, encoder.prepare(block), torch.randn(rows, make[1]).double())

    return build


def test_any_make_of_entity_becomes_a_vector_that_all_weights_shape(make, given):
    encoder, rows = given(make, 300)
    out = encoder(*rows)
    assert out.shape == (300, 10)
    out.square().sum().backward()
    assert all(parameter.grad.any() for parameter in encoder.parameters())


def test_dropout_acts_in_training_only(make, given):
    encoder, rows = given(make, 20, dropout=0.5)
    assert not torch.equal(encoder(*rows), encoder(*rows))
    encoder.eval()
    assert torch.equal(encoder(*rows), encoder(*rows))


@pytest.mark.parametrize("name", ["both", "numbers", "categories"])
def test_different_rows_get_different_vectors(name, given):
    encoder, rows = given(MAKES[name], 20)
    assert len(encoder(*rows).detach().unique(dim=0)) > 3
