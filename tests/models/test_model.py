import dataclasses

import pytest
import torch

from banian.batches import Batch, Block, CategoryPart, NumberPart
from banian.errors import LabelError
from banian.spec import FieldsSpec, MMoESpec, ModelSpec

GRAIN_NAMES = ["customers", "shop.lines"]
TINY = ModelSpec(
    sharing=MMoESpec(width=16, experts=2),
    entity_width=12,
    private_width=6,
    tower_width=8,
    dropout=0,
)
each_grain = pytest.mark.parametrize("grain", GRAIN_NAMES)


def changed_after(batch: Batch, row: int) -> Batch:
    """The same batch with everything else in the rows from `row` on."""

    def mix(tensor: torch.Tensor) -> torch.Tensor:
        return torch.cat([tensor[:row], tensor[row:].flip(0)])

    return batch.rows(mix(torch.arange(len(batch))))


@each_grain
def test_gives_one_logit_loss_and_value_per_row_and_task(grain, live_model, make_batch):
    batch = make_batch(grain, 9)
    logits = live_model(batch)
    losses, values = live_model.loss(batch, logits), live_model.values(batch, logits)
    assert losses.shape == (9, len(batch.tasks))
    assert list(logits) == list(values) == list(batch.tasks)
    for out in (*logits.values(), *values.values()):
        assert out.shape == (9, 1)
    assert torch.cat([losses, *logits.values(), *values.values()], dim=1).isfinite().all()


@each_grain
def test_rows_never_see_each_other(grain, live_model, make_batch):
    batch = make_batch(grain, 12)
    logits = side_by_side(live_model(batch))
    others = side_by_side(live_model(changed_after(batch, 5)))
    torch.testing.assert_close(others[:5], logits[:5])
    assert not torch.allclose(others[5:], logits[5:])


@each_grain
def test_the_order_of_the_tasks_of_the_batch_does_not_matter(grain, live_model, make_batch):
    batch = make_batch(grain, 9)
    backwards = dataclasses.replace(
        batch,
        tasks=batch.tasks[::-1],
        label=batch.label.flip(1),
        level=batch.level.flip(1),
        mask=batch.mask.flip(1),
    )
    logits = live_model(batch)
    assert list(live_model(backwards)) == list(backwards.tasks)
    torch.testing.assert_close(side_by_side(live_model(backwards)).flip(1), side_by_side(logits))
    losses = live_model.loss(batch, logits)
    assert not torch.allclose(losses, losses.flip(1))
    torch.testing.assert_close(live_model.loss(backwards, logits), losses.flip(1))
    values = side_by_side(live_model.values(batch, logits))
    torch.testing.assert_close(side_by_side(live_model.values(backwards, logits)).flip(1), values)


def test_scenes_matter(live_model, make_batch):
    batch = make_batch("customers", 9)
    elsewhere = dataclasses.replace(batch, scene=(batch.scene + 1) % 4)
    assert (side_by_side(live_model(batch)) != side_by_side(live_model(elsewhere))).all()


def test_what_stands_in_the_block_of_an_absent_entity_does_not_matter(live_model, make_batch):
    batch = make_batch("shop.lines", 30)

    def garbled(block: Block) -> Block:
        absent = ~block.present
        assert absent.any()
        garbage = block.map(torch.clone)
        garbage.part(NumberPart).values[absent] = -9
        garbage.part(NumberPart).codes[absent] = 10**6
        garbage.part(CategoryPart).codes[absent] = -5
        return garbage

    garbage = dataclasses.replace(
        batch, blocks={entity: garbled(block) for entity, block in batch.blocks.items()}
    )
    assert torch.equal(side_by_side(live_model(garbage)), side_by_side(live_model(batch)))


def side_by_side(columns):
    return torch.cat(list(columns.values()), dim=1)


def gradients_of(model, batch):
    model.zero_grad()
    model.loss(batch, model(batch)).sum().backward()
    return {name: parameter.grad for name, parameter in model.named_parameters()}


@each_grain
def test_an_unknown_label_has_no_loss_and_no_gradient(grain, live_model, make_batch):
    batch = make_batch(grain, 30)
    unknown = ~batch.mask
    assert unknown.any(dim=0).all()
    found = live_model(batch)
    logits = {task: logit.detach().requires_grad_() for task, logit in found.items()}
    fillers = torch.where(unknown, torch.nan, batch.label)
    loss = live_model.loss(dataclasses.replace(batch, label=fillers), logits)
    assert (loss[unknown] == 0).all()
    torch.testing.assert_close(loss, live_model.loss(batch, logits))
    loss.sum().backward()
    gradient = torch.cat([logit.grad for logit in logits.values()], dim=1)
    assert (gradient[unknown] == 0).all()
    assert (gradient[batch.mask] != 0).all()


def test_a_task_without_any_label_leaves_its_tower_alone(live_model, make_batch):
    batch = make_batch("customers", 30)
    mask = batch.mask.clone()
    mask[:, batch.tasks.index("spend")] = False
    unlabelled = dataclasses.replace(batch, mask=mask)
    loss = live_model.loss(unlabelled, live_model(unlabelled))
    assert (loss[:, batch.tasks.index("spend")] == 0).all()
    gradients = gradients_of(live_model, unlabelled)
    assert all(g is None or g.isfinite().all() for g in gradients.values())
    own = {id(parameter) for parameter in live_model.task_parameters("spend")}
    for parameter in live_model.parameters():
        if id(parameter) in own:
            assert not parameter.grad.any()
    assert all(parameter.grad.any() for parameter in live_model.task_parameters("keys"))


def test_each_task_trains_its_own_tower_and_the_private_encoder_of_its_grain(
    live_model, make_batch, grains
):
    for grain in GRAIN_NAMES:
        batch = make_batch(grain, 60)
        for task in batch.tasks:
            live_model.zero_grad()
            live_model(batch)[task].square().sum().backward()
            touched = {
                name
                for name, parameter in live_model.named_parameters()
                if parameter.grad is not None and parameter.grad.any()
            }
            towers = {name.split(".")[1] for name in touched if name.startswith("towers.")}
            private = {name.split(".")[1] for name in touched if name.startswith("private.")}
            assert towers == {f"of_{task}".replace(".", "%2E")}
            assert private == {f"of_{grain}".replace(".", "%2E")}
            assert {name.split(".")[0] for name in touched} == {
                "entities",
                "scene",
                "sharing",
                "private",
                "towers",
            }


def test_shared_and_task_parameters_are_disjoint_and_all(make_model):
    model = make_model()
    parts = [model.shared_parameters(), *map(model.task_parameters, model.tasks)]
    listed = [id(parameter) for part in parts for parameter in part]
    assert len(listed) == len(set(listed))
    assert set(listed) == {id(parameter) for parameter in model.parameters()}


def test_sparse_parameters_are_those_with_a_sparse_gradient(make_model, make_batch):
    assert make_model().sparse_parameters() == []
    model = make_model(ModelSpec(fields=FieldsSpec(sparse_rows=7)))
    torch.nn.init.ones_(model.tower("keys").head.weight)
    batch = make_batch("customers", 30)
    model.loss(batch, model(batch)).sum().backward()
    sparse = {id(p) for p in model.parameters() if p.grad is not None and p.grad.is_sparse}
    listed = {id(parameter) for parameter in model.sparse_parameters()}
    assert sparse
    assert sparse <= listed <= {id(parameter) for parameter in model.shared_parameters()}
    assert all(
        parameter.grad is None
        for parameter in model.sparse_parameters()
        if id(parameter) not in sparse
    )


@each_grain
def test_starts_at_the_priors_of_the_known_labels(grain, make_model, make_batch):
    model = make_model()
    batch = make_batch(grain, 50)
    # Behind the mask stands what would spoil the prior.
    spoilt = dataclasses.replace(batch, label=torch.where(batch.mask, batch.label, 1e6))
    model.fit_priors(spoilt)
    logits = side_by_side(model(batch))
    for column, task in enumerate(batch.tasks):
        known = batch.mask[:, column]
        alone = make_model(seed=1).tower(task)
        alone.fit_prior(batch.label[known, column], batch.level[known, column])
        torch.testing.assert_close(logits[:, column], alone.head.bias.expand(50), rtol=0, atol=1e-6)
        assert model.tower(task).unit == alone.unit != 1


def test_a_task_without_labels_cannot_start(make_model, make_batch):
    batch = make_batch("shop.lines", 5)
    with pytest.raises(LabelError, match=r"'a\.b' cannot start at its prior: there are no labels"):
        make_model().fit_priors(dataclasses.replace(batch, mask=torch.zeros_like(batch.mask)))


def test_a_tiny_model_learns_the_tasks_of_two_grains_by_heart(make_model, make_batch):
    model = make_model(TINY).float()
    batches = []
    for grain in GRAIN_NAMES:
        batch = make_batch(grain, 64, seed=7).to(torch.device("cpu"))
        # Rows without a customer cannot be told apart at the grain of customers.
        known = batch.mask & batch.blocks["customers"].present.unsqueeze(1)
        batches.append(dataclasses.replace(batch, mask=known))
        model.fit_priors(batches[-1])
    optimizer = torch.optim.Adam(model.parameters(), lr=0.01)

    def mean_losses():
        losses = [model.loss(b, model(b)).sum(0) / b.mask.sum(0) for b in batches]
        return torch.cat(losses)

    assert (mean_losses() > 0.9).all()
    for _ in range(100):
        optimizer.zero_grad()
        mean_losses().sum().backward()
        optimizer.step()
    assert (mean_losses() < 0.25).all()
