"""Fields of a new semantic type need a class, and nothing else where batches are cut, moved and stored."""

from dataclasses import dataclass, replace
from typing import final

import pytest
import torch
from jaxtyping import Float
from torch import Tensor

from banian.batches import (
    AbstractPart,
    Batch,
    CategoryPart,
    NumberPart,
    encode_rows,
    fit_features,
    load_batches,
    save_batches,
)
from banian.batches.parts import PARTS


@final
@dataclass(frozen=True)
class TextPart(AbstractPart):
    semantic = "text"
    vectors: Float[Tensor, "row field 4"]


@pytest.fixture
def state(examples, training):
    return fit_features(examples, training)


@pytest.fixture
def batch(state, examples) -> Batch:
    """Orders that have two texts each."""
    batch = encode_rows(state, examples.grains["rows of orders"])
    block = batch.blocks["orders"]
    text = TextPart(torch.rand(len(batch), 2, 4))
    return replace(
        batch, blocks={**batch.blocks, "orders": replace(block, parts=(*block.parts, text))}
    )


def test_it_is_cut_and_moved_with_the_others(batch):
    index = torch.tensor([7, 3])
    vectors = batch.blocks["orders"].part(TextPart).vectors
    assert torch.equal(batch.rows(index).blocks["orders"].part(TextPart).vectors, vectors[index])
    moved = batch.to(torch.device("cpu"), torch.float64).blocks["orders"].part(TextPart).vectors
    assert torch.equal(moved, vectors.double())


def test_it_is_stored_with_the_others(batch, state, tmp_path, monkeypatch):
    monkeypatch.setitem(PARTS, "text", TextPart)
    save_batches(state, {"rows of orders": batch}, tmp_path)
    again = load_batches(tmp_path)[1]["rows of orders"].blocks["orders"]
    assert torch.equal(again.part(TextPart).vectors, batch.blocks["orders"].part(TextPart).vectors)


def test_a_part_takes_the_place_of_that_of_its_type_alone(batch):
    block = batch.blocks["orders"]
    codes = CategoryPart(torch.zeros_like(block.part(CategoryPart).codes))
    changed = block.with_parts(codes)
    assert changed.part(CategoryPart) is codes
    assert changed.part(NumberPart) is block.part(NumberPart)
    assert changed.part(TextPart) is block.part(TextPart)


def test_fields_that_are_not_there_are_not_found(batch):
    with pytest.raises(KeyError, match="no fields of text among"):
        batch.blocks["customers"].part(TextPart)
