import pytest
import torch

from banian.batches import CategoryPart
from banian.spec import TrainSpec
from banian.training.objective import Objective
from banian.training.running_counts import RunningCounts


@pytest.fixture
def batch(make_batch):
    """One category of four codes, of which the last is never looked up."""
    batch = make_batch("customers", 32)
    batch.blocks["customers"].part(CategoryPart).codes.clamp_(max=2)
    return batch


def gradients(model, batch, strength, steps=1.0):
    counts = RunningCounts().add(model, {"customers": batch}, steps=steps, distillation=0.5)
    objective = Objective(model, TrainSpec(embedding_l2=strength), counts)
    lost = objective.micro_batch({"customers": batch}).lose([0, 1])
    model.zero_grad()
    (torch.stack(list(lost.values)).sum() + lost.penalty).backward()
    return {
        name: torch.zeros_like(value) if value.grad is None else value.grad.clone()
        for name, value in model.named_parameters()
    }


@pytest.mark.parametrize("steps", [1.0, 4.0])
def test_each_row_is_pulled_as_often_as_it_is_looked_up(make_model, batch, steps):
    model = make_model(batch)
    for table in ("entities", "private.of_customers"):
        name = f"{table}.tables.tables.width_8.weight"
        torch.nn.init.normal_(model.get_parameter(name))
    torch.nn.init.normal_(model.scene.table.weight)
    plain, pulled = (gradients(model, batch, strength, steps) for strength in (0.0, 0.5))
    counts = torch.bincount(batch.blocks["customers"].part(CategoryPart).codes[:, 0], minlength=4)
    assert counts.tolist()[3] == 0
    tables = {name for name in plain if name.endswith(("scene.table.weight", "width_8.weight"))}
    assert len(tables) == 4  # of scenes and of customers: the shared one, and those of two grains
    for name, value in model.named_parameters():
        difference = pulled[name] - plain[name]
        if name.startswith("scene."):
            expected = torch.tensor([len(batch), 0])[:, None] * value
        elif name in tables and "private.of_orders" not in name:
            expected = counts[:, None] * value
        else:
            expected = torch.zeros_like(value)
        expected = 0.5 * expected / (len(batch) / steps)
        torch.testing.assert_close(difference, expected, rtol=1e-4, atol=1e-6)


def test_without_it_no_table_is_watched_and_nothing_is_added(make_model, batch):
    model = make_model(batch)
    counts = RunningCounts().add(model, {"customers": batch}, steps=1.0, distillation=0.5)
    objective = Objective(model, TrainSpec(), counts)
    lost = objective.micro_batch({"customers": batch}).lose([0])
    assert lost.penalty == 0
    assert not lost.penalty.requires_grad
