"""Every sharing inside the whole network."""

import pytest
import torch
from safetensors.torch import load, save

from banian.models.module_key import module_key
from banian.spec import (
    CrossStitchSpec,
    LatentVariableSpec,
    MMoESpec,
    ModelSpec,
    PLESpec,
    SharedBottomSpec,
    SharingSpec,
    STEMSpec,
    TaskAttentionSpec,
)

SHARINGS = [
    SharedBottomSpec(width=16),
    MMoESpec(width=16, experts=2),
    PLESpec(width=16, layers=2),
    CrossStitchSpec(width=16),
    TaskAttentionSpec(width=16),
    STEMSpec(width=16),
    LatentVariableSpec(width=16),
    MMoESpec(width=16, experts=2, members=3),
    STEMSpec(width=16, members=2),
]
GRAIN_NAMES = ["customers", "shop.lines"]


def whole(sharing: SharingSpec) -> ModelSpec:
    return ModelSpec(sharing=sharing, entity_width=12, private_width=6, tower_width=8, dropout=0.0)


@pytest.fixture(params=SHARINGS, ids=lambda spec: f"{spec.kind}-{spec.members}")
def model(request, make_model):
    """A model whose towers have left their priors."""
    model = make_model(whole(request.param))
    for task in model.tasks:
        torch.nn.init.normal_(model.tower(task).head.weight)
    return model


def test_a_task_owns_what_it_alone_trains(model, make_batch):
    reached = {}
    for grain in GRAIN_NAMES:
        batch = make_batch(grain, 40)
        for task in batch.tasks:
            model.zero_grad()
            model.train()(batch)[task].square().sum().backward()
            reached[task] = {
                id(parameter)
                for parameter in model.parameters()
                if parameter.grad is not None and parameter.grad.any()
            }
    shared = {id(parameter) for parameter in model.shared_parameters()}
    for task in model.tasks:
        owned = {id(parameter) for parameter in model.task_parameters(task)}
        assert not owned & shared
        assert owned <= reached[task]
        assert not any(owned & reached[other] for other in model.tasks if other != task)
        # All encoders but those of other grains are shared, and all of the sharing that it reaches.
        assert reached[task] <= owned | shared
    everything = [*model.shared_parameters()]
    everything += [own for task in model.tasks for own in model.task_parameters(task)]
    assert len(everything) == len({id(one) for one in everything}) == len([*model.parameters()])


def test_learns(model, make_batch):
    model.float()
    batch = make_batch("customers", 64, seed=7).to(torch.device("cpu"))
    model.fit_priors(batch)
    optimizer = torch.optim.Adam(model.parameters(), lr=0.01)

    def mean_loss() -> torch.Tensor:
        return (model.loss(batch, model(batch)).sum(0) / batch.mask.sum(0)).sum()

    start = mean_loss().item()
    for _ in range(30):
        optimizer.zero_grad()
        (mean_loss() + model.penalty()).backward()
        optimizer.step()
    assert mean_loss().item() < 0.8 * start


def test_survives_a_file(model, make_batch):
    weights = load(save(model.state_dict()))
    batch = make_batch("customers", 9)
    logits = model.eval()(batch)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.zero_()
    model.load_state_dict(weights)
    for task, logit in model(batch).items():
        assert torch.equal(logit, logits[task])


def test_only_stem_has_views(model):
    expected = (
        {module_key(task) for task in model.tasks} if hasattr(model.sharing, "views") else set()
    )
    assert set(model.views) == expected


def test_a_view_of_a_task_is_of_no_use_to_the_gradient_of_another(make_model, make_batch):
    model = make_model(whole(STEMSpec(width=16)))
    for task in model.tasks:
        torch.nn.init.normal_(model.tower(task).head.weight)
    batch = make_batch("customers", 20)
    model(batch)["spend"].square().sum().backward()
    trained = {
        name.split(".")[1]
        for name, parameter in model.named_parameters()
        if name.startswith("views.") and parameter.grad is not None and parameter.grad.any()
    }
    assert trained == {"of_spend"}
    before = model(batch)["spend"]
    with torch.no_grad():
        for parameter in model.views[module_key("keys")].parameters():
            parameter.add_(0.5)
    assert not torch.allclose(model(batch)["spend"], before)  # but it is seen
