import pytest
import torch

from banian.models.encoders import EntityEncoder


@pytest.fixture
def encoder() -> EntityEncoder:
    torch.manual_seed(0)
    encoder = EntityEncoder(6, width=10, dropout=0.0).double()
    torch.nn.init.normal_(encoder.absent)
    return encoder


@pytest.fixture
def fields() -> torch.Tensor:
    return torch.randn(30, 6, generator=torch.Generator().manual_seed(1)).double()


@pytest.fixture
def present() -> torch.Tensor:
    return torch.arange(30) % 3 > 0


def test_an_absent_entity_is_the_learned_vector(encoder, fields, present):
    out = encoder(fields, present)
    assert (out[~present] == encoder.absent).all()
    assert (out[present] != encoder.absent).any(dim=1).all()


def test_the_absent_vector_learns_from_absent_rows_alone(encoder, fields, present):
    encoder(fields, torch.ones_like(present)).sum().backward()
    assert not encoder.absent.grad.any()
    encoder.zero_grad()
    encoder(fields, present).sum().backward()
    assert (encoder.absent.grad == (~present).sum()).all()


def test_dropout_acts_in_training_only(fields, present):
    encoder = EntityEncoder(6, width=10, dropout=0.5).double()
    assert not torch.equal(encoder(fields, present), encoder(fields, present))
    encoder.eval()
    assert torch.equal(encoder(fields, present), encoder(fields, present))
