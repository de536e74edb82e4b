import numpy as np
import pytest
import torch
from packed import pack, unpack
from torch.nn.functional import cross_entropy

from banian.batches import Block, CategoryPart, Fields, NumberPart
from banian.training.masking import Guesser, hide_fields

FIELDS = Fields(numeric=3, specials=4, vocabulary_sizes=(5, 900))
ROWS = 4000


@pytest.fixture
def block() -> Block:
    """Every fourth entity is absent; of numbers, one in five is absent, one in five a heavy value."""
    generator = torch.Generator().manual_seed(0)
    special = torch.tensor([0, 0, 0, 1, 3])[torch.randint(5, (ROWS, 3), generator=generator)]
    rank, scaled = torch.rand(2, ROWS, 3, generator=generator)
    codes = [torch.randint(size, (ROWS,), generator=generator) for size in FIELDS.vocabulary_sizes]
    present = torch.arange(ROWS) % 4 > 0
    codes = torch.stack(codes, dim=1)
    block = Block((pack(rank, scaled, special.to(torch.int8)), CategoryPart(codes)), present)
    return block.map(lambda tensor: tensor * present.reshape(-1, *[1] * (tensor.ndim - 1)))


@pytest.fixture
def hidden(block):
    return hide_fields(block, torch.Generator().manual_seed(1))


def test_three_fields_in_ten_of_those_that_are_there_are_hidden(block, hidden):
    for chosen, is_there in (
        (hidden.numeric, (block.part(NumberPart).codes != 1) & block.present[:, None]),
        (hidden.categorical, (block.part(CategoryPart).codes != 0) & block.present[:, None]),
    ):
        assert not (chosen & ~is_there).any()
        assert chosen.sum() / is_there.sum() == pytest.approx(0.3, abs=0.02)


def test_a_hidden_field_looks_absent_and_all_others_as_they_are(block, hidden):
    seen = hidden.block
    assert (seen.part(NumberPart).codes[hidden.numeric] == 1).all()
    assert (seen.part(NumberPart).values[hidden.numeric] == 0).all()
    assert (seen.part(CategoryPart).codes[hidden.categorical] == 0).all()
    assert torch.equal(
        seen.part(NumberPart).codes[~hidden.numeric], block.part(NumberPart).codes[~hidden.numeric]
    )
    assert torch.equal(
        seen.part(NumberPart).values[~hidden.numeric],
        block.part(NumberPart).values[~hidden.numeric],
    )
    assert torch.equal(
        seen.part(CategoryPart).codes[~hidden.categorical],
        block.part(CategoryPart).codes[~hidden.categorical],
    )
    assert torch.equal(seen.present, block.present)
    assert seen.part(NumberPart).codes.dtype == block.part(NumberPart).codes.dtype


def test_the_same_generator_hides_the_same_fields(block, hidden):
    again = hide_fields(block, torch.Generator().manual_seed(1))
    other = hide_fields(block, torch.Generator().manual_seed(2))
    assert torch.equal(again.numeric, hidden.numeric)
    assert not torch.equal(other.numeric, hidden.numeric)


def test_the_loss_is_the_mean_over_hidden_fields(block, hidden):
    """Field by field and row by row; categories beyond the 256th are one."""
    torch.manual_seed(0)
    guesser = Guesser(FIELDS, width=6)
    vector = torch.randn(ROWS, 6, generator=torch.Generator().manual_seed(3))
    said = guesser.guess(vector).detach()
    score, code, small, large = said.split([3, 12, 5, 256], dim=1)
    normal_score = unpack(block.part(NumberPart), torch.float32)[:, :, 1]
    errors = []
    for row, field in hidden.numeric.nonzero().tolist()[:2000]:
        truth = block.part(NumberPart).codes[row, field].long()
        errors.append(cross_entropy(code[row, 4 * field : 4 * field + 4], truth))
        if truth == 0:
            errors[-1] = errors[-1] + (score[row, field] - normal_score[row, field]) ** 2
    rest = hidden.numeric.nonzero()[:2000]
    only = torch.zeros_like(hidden.numeric)
    only[rest[:, 0], rest[:, 1]] = True
    asked = hidden.categorical.clone()
    asked[200:] = False
    for row, field in asked.nonzero().tolist():
        truth = block.part(CategoryPart).codes[row, field]
        guess = (small, large)[field][row]
        errors.append(cross_entropy(guess, truth if truth < 256 else torch.tensor(1)))
    chosen = type(hidden)(hidden.block, only, asked)
    expected = np.mean([float(error) for error in errors])
    assert guesser.loss(vector, block, chosen).item() == pytest.approx(expected, rel=1e-4)


@pytest.mark.parametrize(
    "fields", [Fields(0, 4, (5,)), Fields(2, 4, ())], ids=["categories", "numbers"]
)
def test_entities_may_lack_numbers_or_categories(fields):
    block = Block(
        (
            NumberPart(
                torch.zeros(6, fields.numeric, 2, dtype=torch.int16),
                torch.zeros(6, fields.numeric, dtype=torch.int8),
            ),
            CategoryPart(torch.full((6, len(fields.vocabulary_sizes)), 2)),
        ),
        torch.ones(6, dtype=torch.bool),
    )
    guesser, vector = Guesser(fields, width=3), torch.ones(6, 3, requires_grad=True)
    loss = guesser.loss(vector, block, hide_fields(block, torch.Generator().manual_seed(0)))
    loss.backward()
    assert loss.isfinite()
    assert loss > 0
    assert vector.grad.isfinite().all()
