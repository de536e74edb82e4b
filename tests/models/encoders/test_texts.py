"""Texts as vectors: one vector per different text, a learned one for none, and some taken for missing in training."""

import pyarrow as pa
import pytest
import torch

from banian.batches import Block, Fields, TextPart
from banian.batches.ngrams import NgramPool
from banian.features.codecs import fit_text
from banian.models.encoders.texts import TextsEncoder
from banian.spec import HashedTextSpec

TEXTS = pa.array(["red dress", "blue dress", "red shoe", "blue shoe", "red hat", ""])
CODEC = fit_text(pa.chunked_array([TEXTS]))
FIELDS = Fields(0, 4, (), texts={"title": CODEC.size, "note": CODEC.size})


def block(titles, notes) -> Block:
    bags = CODEC.encode(TEXTS)
    pool = NgramPool(*map(torch.from_numpy, (bags.starts, bags.buckets, bags.weights)))
    values = torch.tensor([titles, notes], dtype=torch.int32).t()
    return Block((TextPart(values, (pool, pool)),), torch.ones(len(titles), dtype=torch.bool))


@pytest.fixture
def encoder() -> TextsEncoder:
    torch.manual_seed(0)
    made = TextsEncoder(FIELDS, HashedTextSpec(width=5, dropout=0.5)).eval()
    torch.nn.init.normal_(made.missing)
    return made


def read(encoder, one) -> torch.Tensor:
    return encoder(one, encoder.prepare(one))


def test_rows_of_one_text_have_one_vector_and_those_of_none_the_learned_one(encoder):
    found = read(encoder, block([1, 3, 1, 0], [2, 0, 2, 6])).detach()
    assert found.shape == (4, encoder.dim) == (4, 10)
    assert torch.equal(found[0], found[2])
    assert not torch.equal(found[0, :5], found[1, :5])
    assert torch.equal(found[3, :5], encoder.missing[0])
    assert torch.equal(found[1, 5:], encoder.missing[1])
    assert not found[3, 5:].any()  # an empty text is not a missing one


def test_a_vector_does_not_depend_on_the_rows_beside_it(encoder):
    whole = read(encoder, block([1, 2, 3, 4, 5, 0], [0, 6, 5, 4, 3, 2]))
    for row in range(6):
        alone = read(encoder, block([[1, 2, 3, 4, 5, 0][row]], [[0, 6, 5, 4, 3, 2][row]]))
        assert torch.equal(alone[0], whole[row])


def test_training_takes_some_texts_for_missing_and_they_learn_nothing_then(encoder):
    encoder.train()
    torch.manual_seed(1)
    found = read(encoder, block([1] * 400, [2] * 400))
    is_missing = (found[:, :5] == encoder.missing[0]).all(dim=1)
    assert 140 < int(is_missing.sum()) < 260
    found[is_missing, :5].sum().backward()
    assert encoder.missing.grad[0].any()
    assert not encoder.bags[0].vectors.weight.grad.any()


def test_one_seed_draws_one_module_and_gradients_reach_n_grams_that_were_read():
    drawn = []
    for _ in range(2):
        torch.manual_seed(3)
        drawn.append(TextsEncoder(FIELDS, HashedTextSpec(width=5, dropout=0.0)))
    for one, other in zip(drawn[0].parameters(), drawn[1].parameters(), strict=True):
        assert torch.equal(one, other)
    read(drawn[0], block([1, 1], [0, 0])).square().sum().backward()
    rows = drawn[0].bags[0].vectors.weight.grad.abs().sum(dim=1).nonzero().flatten().tolist()
    bags = CODEC.encode(TEXTS.slice(0, 1))
    assert rows == sorted(bags.buckets.tolist())
