import numpy as np
import pytest
import torch
from packed import unpack

from banian.batches import Fields, NumberPart
from banian.models.encoders.numbers import PiecewiseLinearNumbers

FIELDS, BINS, SPECIALS, WIDTH = 3, 6, 4, 8


@pytest.fixture
def embedding() -> PiecewiseLinearNumbers:
    torch.manual_seed(0)
    return PiecewiseLinearNumbers(FIELDS, bins=BINS, specials=SPECIALS, width=WIDTH).double()


@pytest.fixture
def block(make_block):
    return make_block(Fields(numeric=FIELDS, specials=SPECIALS, vocabulary_sizes=()), rows=40)


def test_follows_its_formula_field_by_field(embedding, block):
    torch.nn.init.normal_(embedding.weight)
    torch.nn.init.normal_(embedding.special.weight)
    weight = embedding.weight.detach().numpy()
    table = embedding.special.weight.detach().numpy().reshape(FIELDS, SPECIALS, WIDTH)
    expected = np.zeros((40, FIELDS, WIDTH))
    for row, field in np.ndindex(40, FIELDS):
        if not block.present[row]:
            continue
        u, z, a = unpack(block.part(NumberPart))[row, field].numpy()
        expected[row, field] = z * weight[field, 0] + a * weight[field, 1]
        for k in range(BINS):
            expected[row, field] += min(max(u * BINS - k, 0), 1) * weight[field, 2 + k]
        code = block.part(NumberPart).codes[row, field].item()
        if code != 0:
            expected[row, field] += table[field, code]
    out = embedding(block, embedding.prepare(block)).detach().numpy().reshape(expected.shape)
    np.testing.assert_allclose(out, expected, rtol=0, atol=1e-12)


def test_starts_without_bins(embedding, block):
    before = embedding(block, embedding.prepare(block))
    assert before.any()
    straight = embedding.prepare(block).clone()
    straight[:, 2 : 2 + BINS] = 0
    assert torch.equal(before, embedding(block, straight))


def test_bins_learn_from_the_first_step_on(embedding, block):
    embedding(block, embedding.prepare(block)).sum().backward()
    assert embedding.weight.grad[:, 2:].any()


def test_an_ordinary_value_does_not_touch_the_special_table(embedding, block):
    embedding(block, embedding.prepare(block)).sum().backward()
    gradient = embedding.special.weight.grad.reshape(FIELDS, SPECIALS, WIDTH)
    assert not gradient[:, 0].any()
    assert gradient[:, 1:].any(dim=2).all()
