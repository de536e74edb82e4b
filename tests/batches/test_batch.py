import numpy as np
import pytest
import torch

from banian.batches import Batch, encode_rows, fit_features


@pytest.fixture
def batch(examples, training) -> Batch:
    return encode_rows(fit_features(examples, training), examples.grains["rows of orders"])


def tensors(batch: Batch) -> dict[str, torch.Tensor]:
    found = {name: getattr(batch, name) for name in ("scene", "level", "label", "mask")}
    for entity, block in batch.blocks.items():
        found[f"{entity} present"] = block.present
        for part in block.parts:
            found |= {f"{entity} {part.semantic} {n}": t for n, t in part.tensors.items()}
    return found


def test_rows_selects_in_every_tensor_and_in_the_order_asked(batch):
    index = torch.tensor([5, 2, 2, 90])
    chosen = batch.rows(index)
    assert len(chosen) == 4
    assert (chosen.grain, chosen.tasks) == (batch.grain, batch.tasks)
    assert set(chosen.blocks) == {"customers", "orders"}
    for name, tensor in tensors(chosen).items():
        np.testing.assert_array_equal(tensor, tensors(batch)[name][index])


def test_chosen_rows_are_gathered_when_they_are_read_and_as_if_at_once(batch):
    first, second = torch.tensor([7, 3, 3, 90, 0]), torch.tensor([4, 1])
    chosen = batch.choose(first)
    assert len(chosen) == 5
    assert "orders" in chosen.blocks
    assert "products" not in chosen.blocks
    for found, index in (
        (chosen, first),
        (chosen.rows(second), first[second]),
        (chosen.rows(slice(1, 3)), first[1:3]),
        (chosen.masked(chosen.mask).rows(second), first[second]),
    ):
        for name, tensor in tensors(found).items():
            assert torch.equal(tensor, tensors(batch)[name][index])
    moved = chosen.to(torch.device("cpu"), torch.float64)
    assert torch.equal(moved.level, batch.level[first].double())
    assert tensors(moved.rows(second)).keys() == tensors(batch).keys()


def test_masked_replaces_the_mask_and_nothing_else(batch):
    mask = torch.zeros_like(batch.mask)
    masked = batch.masked(mask)
    assert batch.mask.all()
    for name, tensor in tensors(masked).items():
        assert tensor is (mask if name == "mask" else tensors(batch)[name])


def test_numbers_change_their_type_and_codes_keep_theirs(batch):
    moved = batch.to(torch.device("cpu"), torch.float64)
    for name, tensor in tensors(moved).items():
        before = tensors(batch)[name]
        expected = torch.float64 if before.is_floating_point() else before.dtype
        assert tensor.dtype == expected
        assert torch.equal(tensor, before.to(expected))
    assert moved.scene.dtype == torch.int64
    assert moved.mask.dtype == torch.bool
    assert tensors(moved.to(torch.device("cpu")))["level"].dtype == torch.float32


def test_every_tensor_moves_to_the_device(batch):
    moved = batch.to(torch.device("meta"))
    assert {tensor.device.type for tensor in tensors(moved).values()} == {"meta"}
