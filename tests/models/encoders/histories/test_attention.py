import numpy as np
import torch

from banian.models.encoders.histories import TargetAttention


def test_it_follows_its_equations():
    """Equation 3 of the paper, event by event: Σ a(e, q) e with a perceptron a on (e, q, e ⊙ q)."""
    torch.manual_seed(0)
    attention = TargetAttention(6).double()
    query, events = torch.randn(4, 6).double(), torch.randn(4, 5, 6).double()
    counts = [5, 2, 1, 4]
    is_there = torch.arange(5) < torch.tensor(counts).unsqueeze(1)
    parts = (attention.of_event, attention.of_query, attention.of_both)
    first = np.concatenate([part.weight.detach().numpy() for part in parts], axis=1)
    bias = attention.of_event.bias.detach().numpy()
    last, offset = (p.detach().numpy() for p in (attention.weight.weight, attention.weight.bias))
    expected = np.zeros((4, 6))
    for row, count in enumerate(counts):
        q = query[row].numpy()
        for step in range(count):
            e = events[row, step].numpy()
            hidden = np.maximum(first @ np.concatenate([e, q, e * q]) + bias, 0)
            expected[row] += float((last @ hidden + offset)[0]) * e
    found = attention(query, events, is_there).detach().numpy()
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-12)


def test_the_order_of_events_does_not_matter():
    torch.manual_seed(0)
    attention = TargetAttention(6).double()
    query, events = torch.randn(4, 6).double(), torch.randn(4, 5, 6).double()
    is_there = torch.arange(5) < torch.tensor([5, 2, 0, 4]).unsqueeze(1)
    order = torch.tensor([3, 1, 4, 0, 2])
    torch.testing.assert_close(
        attention(query, events[:, order], is_there[:, order]), attention(query, events, is_there)
    )
