import itertools

import numpy as np
import torch

from banian.models.encoders.bi_interaction import BiInteraction


def test_it_is_the_sum_over_all_pairs():
    torch.manual_seed(0)
    pairs = BiInteraction(4, width=5, dim=3).double()
    x = torch.randn(7, 4, 5, dtype=torch.float64)
    maps = pairs.maps.detach().numpy()
    expected = np.zeros((7, 3))
    for row, (one, other) in itertools.product(range(7), itertools.combinations(range(4), 2)):
        expected[row] += (x[row, one].numpy() @ maps[one]) * (x[row, other].numpy() @ maps[other])
    np.testing.assert_allclose(pairs(x).detach().numpy(), expected, rtol=0, atol=1e-12)


def test_what_is_nothing_goes_together_with_nothing():
    pairs = BiInteraction(2, width=5, dim=3)
    x = torch.randn(7, 2, 5)
    x[:, 1] = 0
    assert not pairs(x).any()
