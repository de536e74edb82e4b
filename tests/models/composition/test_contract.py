"""What a network promises, whatever is composed of sharing, scenes, dependence and fusion.

Every pair of kinds has to learn in some composition, in `make test-long` each composition; the rest is asked of one
for each sharing, there of two, with all kinds among them.
"""

import dataclasses
import itertools
import typing

import pytest
import torch
from hypothesis import settings

from banian.spec import (
    AITMSpec,
    ESMMSpec,
    ModelSpec,
    NoDependenceSpec,
    NoScenesSpec,
    PEPNetSpec,
    SceneTowersSpec,
    SharingSpec,
    STARSpec,
)

SHARINGS = [kind(width=6) for kind in typing.get_args(typing.get_args(SharingSpec)[0])]
SCENES = [NoScenesSpec(), PEPNetSpec(gate_width=3), STARSpec(), SceneTowersSpec(rank=1)]
DEPENDENCES = [NoDependenceSpec(), ESMMSpec(), AITMSpec()]


def compose(sharing, scenes, dependence, *, fusion: bool) -> ModelSpec:
    return ModelSpec(
        sharing=sharing,
        scenes=scenes,
        dependence=dependence,
        fusion=fusion,
        entity_width=4,
        private_width=3,
        tower_width=5,
        dropout=0.1,
    )


def named(spec: ModelSpec) -> str:
    kinds = (spec.sharing.kind, spec.scenes.kind, spec.dependence.kind)
    return "-".join((*kinds, "fusion") if spec.fusion else kinds)


EVERY = [
    compose(*kinds, fusion=at % 2 == 1)
    for at, kinds in enumerate(itertools.product(SHARINGS, SCENES, DEPENDENCES))
]
PAIRS = [
    compose(sharing, scenes, DEPENDENCES[(row + at) % 3], fusion=(row + at // 2) % 2 == 1)
    for row, sharing in enumerate(SHARINGS)
    for at, scenes in enumerate(SCENES)
]
IS_LONG = settings.get_current_profile_name() == "long"
LEARNING = EVERY if IS_LONG else PAIRS
SOME = [
    compose(
        sharing, SCENES[(row + at) % 4], DEPENDENCES[(row + at) % 3], fusion=(row + at) % 2 == 0
    )
    for row, sharing in enumerate(SHARINGS)
    for at in ((1, 3) if IS_LONG else (1,))
]
each_spec = pytest.mark.parametrize("spec", SOME, ids=named)
GRAINS = ["customers", "rows of pages"]


def answers(model, batch):
    """The values of all tasks, side by side."""
    return torch.cat(list(model.values(batch, model(batch)).values()), dim=1)


def same(found, expected):
    torch.testing.assert_close(found, expected, rtol=1e-9, atol=1e-12)


def test_the_pairs_are_all_there():
    def pairs(specs):
        parts = [(s.sharing.kind, s.scenes.kind, s.dependence.kind, s.fusion) for s in specs]
        every = itertools.combinations(range(4), 2)
        return {(a, b, part[a], part[b]) for a, b in every for part in parts}

    assert pairs(PAIRS) == pairs(
        compose(*kinds, fusion=fusion)
        for *kinds, fusion in itertools.product(SHARINGS, SCENES, DEPENDENCES, [False, True])
    )


@pytest.mark.parametrize("spec", LEARNING, ids=named)
def test_every_composition_learns(spec, make_model, make_batch):
    """The tasks' losses fall in a few steps on one batch."""
    model, batch = make_model(spec), make_batch("rows of pages", 30)
    model.fit_priors(batch)
    weight = model.label_weight(batch).sum(dim=0)
    optimizer = torch.optim.Adam(model.parameters(), lr=0.03)
    losses = []
    for _ in range(6):
        optimizer.zero_grad()
        losses.append((model.loss(batch, model(batch)).sum(dim=0) / weight).sum())
        losses[-1].backward()
        optimizer.step()
    assert losses[-1] < 0.99 * losses[0]


@each_spec
def test_every_grain_gets_finite_logits_losses_and_values(spec, make_model, make_batch, alive):
    model = alive(make_model(spec))
    for grain in GRAINS:
        batch = make_batch(grain, 9)
        model.fit_priors(make_batch(grain, 60, seed=1))
        logits = model(batch)
        values, loss = model.values(batch, logits), model.loss(batch, logits)
        assert list(logits) == list(values) == list(batch.tasks)
        assert loss.shape == model.label_weight(batch).shape == (9, len(batch.tasks))
        assert all(len(value) == 9 for value in values.values())
        assert all(out.isfinite().all() for out in (loss, *logits.values(), *values.values()))


@each_spec
def test_rows_never_see_each_other_nor_their_scenes(spec, make_model, make_batch, alive):
    model = alive(make_model(spec))
    for grain in GRAINS:
        batch = make_batch(grain, 12)
        mixed = torch.cat([torch.arange(5), torch.arange(5, 12).flip(0)])
        others = batch.rows(mixed)
        moved = dataclasses.replace(
            others, scene=torch.cat([others.scene[:5], (others.scene[5:] + 1) % 6])
        )
        before, after = answers(model, batch), answers(model, moved)
        same(after[:5], before[:5])
        assert not torch.allclose(after[5:], before[5:])


@each_spec
def test_gradients_are_only_where_labels_are(spec, make_model, make_batch, alive):
    model = alive(make_model(spec))
    batch = make_batch("rows of pages", 40)
    logits = {task: logit.detach().requires_grad_() for task, logit in model(batch).items()}
    fillers = dataclasses.replace(batch, label=torch.where(batch.mask, batch.label, torch.nan))
    loss = model.loss(fillers, logits)
    weight = model.label_weight(fillers)
    assert loss.isfinite().all()
    assert (loss[weight == 0] == 0).all()
    assert (weight[batch.mask] == 1).all()
    for at, task in enumerate(batch.tasks):
        wanted = [logits[name] for name in batch.tasks]
        found = torch.autograd.grad(
            loss[:, at].sum(), wanted, retain_graph=True, allow_unused=True, materialize_grads=True
        )
        gradients = [gradient.reshape(len(batch), -1) for gradient in found]
        for gradient in gradients:
            assert gradient.isfinite().all()
            assert not gradient[weight[:, at] == 0].any()
        own = gradients[batch.tasks.index(task)]
        assert own[weight[:, at] > 0].any()


@each_spec
def test_without_labels_there_is_no_gradient_anywhere(spec, make_model, make_batch, alive):
    model = alive(make_model(spec))
    batch = make_batch("rows of pages", 10)
    nothing = batch.masked(torch.zeros_like(batch.mask))
    model.loss(nothing, model(nothing)).sum().backward()
    assert all(p.grad is None or not p.grad.any() for p in model.parameters())


@each_spec
def test_task_parameters_are_reached_by_the_loss_of_their_task_alone(
    spec, make_model, make_batch, alive, grains
):
    model = alive(make_model(spec))
    owners = {id(p): task for task in model.tasks for p in model.task_parameters(task)}
    parts = [model.shared_parameters(), *map(model.task_parameters, model.tasks)]
    listed = [id(parameter) for part in parts for parameter in part]
    assert len(listed) == len(set(listed)) == len(list(model.parameters()))
    reached: dict[int, set[str]] = {}
    for grain in GRAINS:
        batch = make_batch(grain, 80)
        for at, task in enumerate(batch.tasks):
            model.zero_grad()
            model.loss(batch, model(batch))[:, at].sum().backward()
            for parameter in model.parameters():
                if parameter.grad is not None and parameter.grad.any():
                    reached.setdefault(id(parameter), set()).add(task)
    towers = {id(p): t for t in model.tasks for p in model.tower(t).parameters()}
    for parameter, tasks in reached.items():
        if parameter in owners:
            assert tasks == {owners[parameter]}
        elif parameter in towers:  # shared though it is a tower's: another task's loss comes there
            assert len(tasks) > 1


@each_spec
def test_the_weights_depend_on_the_seed_and_survive_a_state_dict(
    spec, make_model, make_batch, alive
):
    first, again, other = (make_model(spec, seed=seed) for seed in (0, 0, 1))
    pairs = zip(first.parameters(), again.parameters(), strict=True)
    assert all(torch.equal(*pair) for pair in pairs)
    alive(first).fit_priors(make_batch("rows of pages", 60))
    batch = make_batch("rows of pages", 9)
    assert not torch.equal(answers(first, batch), answers(other, batch))
    other.load_state_dict(first.state_dict())
    assert torch.equal(answers(first, batch), answers(other, batch))
    losses = [model.loss(batch, model(batch)) for model in (first, other)]
    assert torch.equal(*losses)


@each_spec
def test_a_shop_may_have_one_scene_or_none(spec, make_model, make_batch, alive):
    for scenes in (2, 3):
        model = alive(make_model(spec, scenes=scenes))
        batch = make_batch("rows of pages", 9, scenes=scenes)
        assert answers(model, batch).isfinite().all()


@each_spec
def test_what_else_is_asked_of_a_grain_does_not_matter(spec, make_model, make_batch, alive):
    model = alive(make_model(spec))
    batch = make_batch("rows of pages", 9)
    at = [batch.tasks.index(task) for task in ("click", "buy")]
    some = dataclasses.replace(
        batch,
        tasks=("click", "buy"),
        level=batch.level[:, at],
        label=batch.label[:, at],
        mask=batch.mask[:, at],
    )
    assert list(model(some)) == ["click", "buy"]
    same(answers(model, some), answers(model, batch)[:, at])
