import numpy as np
import pytest
import torch
from packed import unpack

from banian.batches import Block, Fields, NumberPart
from banian.models.encoders.numbers import number_components

BINS, SPECIALS = 5, 4


@pytest.fixture
def block(make_block) -> Block:
    return make_block(Fields(numeric=3, specials=SPECIALS, vocabulary_sizes=()), rows=60)


def spread(block: Block) -> torch.Tensor:
    return number_components(block, bins=BINS, specials=SPECIALS, dtype=torch.float64)


def test_each_component_follows_its_formula(block):
    expected = np.zeros((3, 2 + BINS + SPECIALS - 1, 60))
    floats = unpack(block.part(NumberPart))
    for row, field in np.ndindex(60, 3):
        if block.present[row]:
            u, z, a = floats[row, field].tolist()
            bins = [min(max(u * BINS - k, 0), 1) for k in range(BINS)]
            code = block.part(NumberPart).codes[row, field].item()
            expected[field, :, row] = [z, a, *bins, *(float(code == c) for c in (1, 2, 3))]
    assert expected.any(axis=(0, 2)).all()
    np.testing.assert_allclose(spread(block), expected, rtol=0, atol=1e-12)


def test_garbage_in_absent_rows_is_nothing(block):
    absent = ~block.present
    garbage = block.map(torch.clone)
    garbage.part(NumberPart).values[absent] = -9
    garbage.part(NumberPart).codes[absent] = 3
    assert not spread(garbage)[:, :, absent].any()
    assert torch.equal(spread(garbage), spread(block))
