import numpy as np
import torch
from packed import unpack

from banian.batches import Fields, NumberPart
from banian.models.encoders.numbers import PeriodicNumbers


def test_it_follows_its_formula_field_by_field(make_block):
    torch.manual_seed(0)
    numbers = PeriodicNumbers(3, frequencies=5, spread=0.4, specials=4, width=8).double()
    for parameter in numbers.parameters():
        torch.nn.init.normal_(parameter)
    block = make_block(Fields(numeric=3, specials=4, vocabulary_sizes=()), rows=40)
    c, weight, bias = (
        p.detach().numpy() for p in (numbers.frequencies, numbers.weight, numbers.bias)
    )
    table = numbers.special.weight.detach().numpy().reshape(3, 4, 8)
    expected = np.zeros((40, 3, 8))
    for row, field in np.ndindex(40, 3):
        _, z, a = unpack(block.part(NumberPart))[row, field].numpy()
        code = block.part(NumberPart).codes[row, field].item()
        if block.present[row] and code:
            expected[row, field] = table[field, code]
        elif block.present[row]:
            angles = 2 * np.pi * c[field, :, 0] * z
            waves = np.concatenate([np.sin(angles), np.cos(angles), [a]])
            expected[row, field] = np.maximum(weight[field] @ waves + bias[field, :, 0], 0)
    out = numbers(block, numbers.prepare(block)).detach().numpy().reshape(expected.shape)
    np.testing.assert_allclose(out, expected, rtol=0, atol=1e-12)


def test_frequencies_start_as_spread_as_declared():
    torch.manual_seed(0)
    numbers = PeriodicNumbers(400, frequencies=16, spread=0.4, specials=2, width=1)
    assert abs(numbers.frequencies.std() - 0.4) < 0.01
