import numpy as np
import torch

from banian.models.encoders.histories import Transformer

WIDTH, STEPS, HEADS = 6, 5, 2


def numbers(layer):
    return layer.weight.detach().numpy(), layer.bias.detach().numpy()


def normalise(x, layer):
    weight, bias = numbers(layer)
    return (x - x.mean()) / np.sqrt(x.var() + layer.eps) * weight + bias


def softmax(x):
    e = np.exp(x - x.max())
    return e / e.sum()


def test_it_follows_its_equations():
    """Token by token and head by head, in plain loops."""
    torch.manual_seed(0)
    transformer = Transformer(WIDTH, steps=STEPS, heads=HEADS, dropout=0.5).double().eval()
    for parameter in transformer.parameters():
        torch.nn.init.normal_(parameter)
    query, events = torch.randn(4, WIDTH).double(), torch.randn(4, STEPS, WIDTH).double()
    counts, size = [5, 2, 1, 4], WIDTH // HEADS
    is_there = torch.arange(STEPS) < torch.tensor(counts).unsqueeze(1)
    (wide, shift), (joined, joined_bias) = (
        numbers(transformer.projections),
        numbers(transformer.joined),
    )
    (up, up_bias), (down, down_bias) = (numbers(transformer.perceptron[at]) for at in (0, 2))
    places = transformer.positions.detach().numpy()
    expected = np.zeros((4, WIDTH))
    for row, count in enumerate(counts):
        tokens = [query[row].numpy()]
        tokens += [events[row, step].numpy() + places[step] for step in range(count)]
        made = [wide @ normalise(t, transformer.before_attention) + shift for t in tokens]
        asks, keys, values = (
            np.array([m[i * WIDTH : (i + 1) * WIDTH] for m in made]) for i in range(3)
        )
        after = []
        for at, token in enumerate(tokens):
            heads = []
            for head in range(HEADS):
                part = slice(head * size, (head + 1) * size)
                weights = softmax(keys[:, part] @ asks[at, part] / np.sqrt(size))
                heads.append(weights @ values[:, part])
            token = token + joined @ np.concatenate(heads) + joined_bias
            hidden = np.maximum(up @ normalise(token, transformer.before_perceptron) + up_bias, 0)
            after.append(token + down @ hidden + down_bias)
        expected[row] = np.mean(after, axis=0)
    found = transformer(query, events, is_there).detach().numpy()
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-10)


def test_recency_matters_once_it_is_learned():
    torch.manual_seed(0)
    transformer = Transformer(WIDTH, steps=STEPS, heads=HEADS, dropout=0.0).double()
    query, events = torch.randn(4, WIDTH).double(), torch.randn(4, STEPS, WIDTH).double()
    is_there = torch.ones(4, STEPS, dtype=torch.bool)
    torch.testing.assert_close(
        transformer(query, events.flip(1), is_there), transformer(query, events, is_there)
    )
    torch.nn.init.normal_(transformer.positions)
    turned, straight = (transformer(query, e, is_there) for e in (events.flip(1), events))
    assert not torch.allclose(turned, straight)
