import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from banian.models.encoders.hashed_text import HashedText
from banian.training.lazy_adam import LazyAdam

SIZE, DIM = 9, 3
bags = st.lists(
    st.dictionaries(st.integers(0, SIZE - 1), st.floats(0.01, 2.0), max_size=6), max_size=7
)
Bags = list[dict[int, float]]


def pool(many: Bags, dtype: torch.dtype = torch.float64) -> tuple[Tensor, Tensor, Tensor]:
    starts = torch.tensor([0, *(len(bag) for bag in many)]).cumsum(0)
    buckets = torch.tensor([b for bag in many for b in bag], dtype=torch.int32)
    return starts, buckets, torch.tensor([w for bag in many for w in bag.values()], dtype=dtype)


def make(**options: float) -> HashedText:
    torch.manual_seed(0)
    made = HashedText(SIZE, DIM, **options).double()
    torch.nn.init.normal_(made.scores.weight)
    return made


def add_slowly(made: HashedText, many: Bags) -> Tensor:
    rows = []
    for bag in many:
        total, squares = torch.zeros(DIM, dtype=torch.float64), torch.zeros((), dtype=torch.float64)
        for bucket, weight in bag.items():
            attention = weight * made.scores.weight[bucket, 0].exp()
            total = total + attention * made.vectors.weight[bucket]
            squares = squares + attention**2
        rows.append(total / squares.sqrt() if bag else total)
    return torch.stack(rows) if rows else torch.zeros(0, DIM, dtype=torch.float64)


@settings(max_examples=25, deadline=None)
@given(bags)
@pytest.mark.parametrize("sparse_rows", [None, 1])
def test_values_and_gradients_are_those_of_brute_force(sparse_rows, many):
    made = make(sparse_rows=sparse_rows)
    found, expected = made(*pool(many)), add_slowly(made, many)
    torch.testing.assert_close(found, expected)
    angles = torch.arange(found.numel(), dtype=torch.float64).reshape(found.shape).cos()
    tables = [made.vectors.weight, made.scores.weight]
    if any(many):
        gradients = torch.autograd.grad((found * angles).sum(), tables)
        for gradient, slow in zip(
            gradients, torch.autograd.grad((expected * angles).sum(), tables), strict=True
        ):
            assert gradient.is_sparse == (sparse_rows == 1)
            torch.testing.assert_close(gradient.to_dense(), slow)


@settings(max_examples=25, deadline=None)
@given(bags, bags, st.randoms())
def test_neighbours_and_order_change_no_bit(many, others, random):
    made = make().float()
    alone = made(*pool(many, torch.float32))
    order = list(range(len(many)))
    random.shuffle(order)
    mixed = made(*pool([*others, *(many[at] for at in order)], torch.float32))
    assert torch.equal(mixed[len(others) :], alone[order])


def test_a_text_without_ngrams_is_zeros_and_does_not_spoil_gradients():
    made = make()
    found = made(*pool([{}, {1: 0.5}, {}]))
    assert not found[[0, 2]].any()
    found.square().sum().backward()
    assert made.vectors.weight.grad.isfinite().all()
    assert made.scores.weight.grad.isfinite().all()


def test_the_length_of_a_text_does_not_say_how_large_its_weights_are():
    made = make()
    torch.testing.assert_close(made(*pool([{1: 0.3, 4: 0.1}])), made(*pool([{1: 6.0, 4: 2.0}])))


def test_a_score_moves_a_text_towards_its_ngram():
    made = make()
    with torch.no_grad():
        made.scores.weight[1] = 9
    torch.testing.assert_close(
        made(*pool([{1: 1.0, 4: 1.0}]))[0], made.vectors.weight[1], atol=1e-2, rtol=0
    )


def test_dropout_leaves_ngrams_out_in_training_alone():
    made, bag = make(dropout=0.5), dict.fromkeys(range(SIZE), 1.0)
    seen = made(*pool([bag] * 40))
    assert len(torch.unique(seen, dim=0)) > 20
    made.eval()
    torch.testing.assert_close(made(*pool([bag])), add_slowly(made, [bag]))
    made.train().dropout = 1.0
    assert not made(*pool([bag])).any()


def test_a_step_moves_the_rows_it_met_and_no_other():
    made = make(sparse_rows=1)
    before = made.vectors.weight.detach().clone()
    made(*pool([{2: 1.0, 5: 0.5}, {5: 1.0, 7: 0.2}])).sum().backward()
    LazyAdam([{"params": [made.vectors.weight, made.scores.weight]}], lr=0.1).step()
    moved = (made.vectors.weight != before).any(dim=1)
    assert moved.nonzero()[:, 0].tolist() == [2, 5, 7]
