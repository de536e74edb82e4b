"""The Nash bargaining solution of several gradients.

Source: Navon et al., "Multi-Task Learning as a Bargaining Game", ICML 2022, claim 3.1: G·α = 1/α with α > 0.
"""

import torch
from jaxtyping import Float64
from torch import Tensor

from banian.balancing.jacobian import Gramian

_RIDGE = 1e-6  # gradients that cancel out would bargain without end
_MOST_STEPS = 100
_CLOSE = 1e-9


def weigh_nash(gramian: Gramian) -> Float64[Tensor, " row"]:
    """Solve G·α = 1/α, whose solution is where the convex ½α·Gα − Σ log α is least, by damped Newton steps.

    The paper, and torchjd after it, approach it by a series of cone programs that start where the last update ended: a
    hundred times slower, not always at the solution, and with a state that a resumed run would have to bring back.

    >>> weigh_nash(torch.diag(torch.tensor([1.0, 4.0], dtype=torch.float64)))
    tensor([1.0000, 0.5000], dtype=torch.float64)
    """
    length = gramian.diagonal().sqrt()
    cosine = gramian / length.outer(length) + _RIDGE * torch.eye(len(gramian), dtype=gramian.dtype)
    weight = torch.ones_like(
        length
    )  # of gradients made equally long: which units losses have does not matter
    for _ in range(_MOST_STEPS):
        slope = cosine @ weight - 1 / weight
        step = torch.linalg.solve(cosine + torch.diag(weight.square().reciprocal()), slope)
        decrement = (slope @ step).sqrt()
        # This step keeps every weight positive and, the function being self-concordant, leads to the solution.
        weight = weight - step / (1 + decrement)
        if decrement < _CLOSE:
            break
    return weight / length
