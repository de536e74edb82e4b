import pytest
import torch

from banian.models.mlp import MLP
from banian.models.sharing import Experts


@pytest.mark.parametrize(
    "layers",
    [
        MLP(3, hidden=20, width=30, dropout=0.25),
        Experts(3, experts=4, width=30, dropout=0.25),
    ],
    ids=["mlp", "experts"],
)
def test_a_quarter_of_the_units_of_either_layer_is_silenced_in_training(layers):
    torch.manual_seed(0)
    with torch.no_grad():
        for parameter in layers.parameters():
            parameter.fill_(0.1)  # so that no unit is silent by itself
        units = layers(torch.ones(500, 3)).flatten(1)
        kept = layers.eval()(torch.ones(500, 3)).flatten(1)
    assert (units == 0).double().mean().item() == pytest.approx(0.25, abs=0.02)
    assert len(units[units != 0].unique()) > 3  # the first layer let different sums through
    torch.testing.assert_close(units.mean(), kept.mean(), rtol=0.05, atol=0)
