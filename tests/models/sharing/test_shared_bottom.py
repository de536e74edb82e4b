import numpy as np
import torch

from banian.models.sharing import SharedBottom


def test_every_task_sees_the_same_two_layers(weights_of):
    torch.manual_seed(0)
    sharing = SharedBottom(5, tasks=["a", "b", "c"], width=6, dropout=0.0).double()
    x = torch.randn(4, 5).double()
    weights = weights_of(sharing)
    units = x.numpy().T
    for layer in ("first", "second"):
        weight, bias = weights[f"bottom.{layer}.weight"][0], weights[f"bottom.{layer}.bias"][0]
        units = np.maximum(weight @ units + bias[:, None], 0)
    out = sharing(x).detach().numpy()
    assert units.any()
    for task in range(3):
        np.testing.assert_allclose(out[:, task], units.T, rtol=0, atol=1e-12)
