"""What every sharing architecture promises, whichever it is and however many members it has."""

import copy
from typing import get_args

import pytest
import torch

from banian.models.batch_ensemble import repeat_for_members, split_members
from banian.models.module_key import module_key
from banian.models.sharing import AbstractSharing, build_sharing
from banian.spec import (
    CrossStitchSpec,
    LatentVariableSpec,
    MMoESpec,
    PLESpec,
    SharedBottomSpec,
    SharingSpec,
    STEMSpec,
    TaskAttentionSpec,
)

WIDTH = 6
SPECS = [
    SharedBottomSpec(width=WIDTH),
    MMoESpec(width=WIDTH, experts=3),
    PLESpec(width=WIDTH, layers=2, task_experts=2),
    PLESpec(width=WIDTH, layers=3, shared_experts=1),
    PLESpec(width=WIDTH, layers=2, task_experts=0),
    CrossStitchSpec(width=WIDTH, layers=2),
    TaskAttentionSpec(width=WIDTH, blocks=2),
    STEMSpec(width=WIDTH, shared_experts=2, task_experts=2),
    LatentVariableSpec(width=WIDTH),
]
DIM, TASKS, ROWS = 5, 3, 12
NAMES = [f"task {at}" for at in range(10)]


def name(spec: SharingSpec) -> str:
    said = spec.model_dump(exclude_unset=True, exclude={"width"})
    return "-".join([spec.kind, *(f"{key}={value}" for key, value in said.items())])


def build(spec: SharingSpec, *, tasks: int = TASKS, seed: int = 0) -> AbstractSharing:
    torch.manual_seed(seed)
    return build_sharing(spec, dim=DIM, tasks=NAMES[:tasks], dropout=0.5).eval()


def draw(spec: SharingSpec, rows: int = ROWS, tasks: int = TASKS) -> torch.Tensor:
    views = 1 + tasks if isinstance(spec, STEMSpec) else 1
    return torch.randn(rows, views * DIM, generator=torch.Generator().manual_seed(1))


@pytest.fixture(params=SPECS, ids=name)
def plain(request: pytest.FixtureRequest) -> SharingSpec:
    return request.param


@pytest.fixture(params=[1, 3], ids=["alone", "three"])
def spec(request: pytest.FixtureRequest, plain: SharingSpec) -> SharingSpec:
    return plain.model_copy(update={"members": request.param})


@pytest.fixture
def sharing(spec: SharingSpec) -> AbstractSharing:
    """With all weights at random, scales of members among them."""
    sharing = build(spec)
    with torch.no_grad():
        for parameter in sharing.parameters():
            parameter.add_(torch.empty_like(parameter).uniform_(-0.4, 0.4))
    return sharing


def test_every_sharing_of_the_spec_has_a_case_here():
    union, *_ = get_args(SharingSpec)
    assert {type(spec) for spec in SPECS} == set(get_args(union))


@pytest.mark.parametrize(("rows", "tasks"), [(ROWS, TASKS), (3, 1), (0, TASKS), (9, 10), (0, 1)])
def test_gives_one_representation_per_row_and_task(spec, rows, tasks):
    out = build(spec, tasks=tasks)(draw(spec, rows, tasks))
    assert out.shape == (rows, tasks, WIDTH)
    assert out.isfinite().all()


def test_a_single_row_is_enough(plain):
    alone = build(plain)(draw(plain)[:1])
    torch.testing.assert_close(alone, build(plain)(draw(plain))[:1])


def test_rows_do_not_see_each_other(sharing, spec):
    x = draw(spec)
    before = sharing(x)
    x[6:] = x[6:] * -7 + 3
    after = sharing(x)
    torch.testing.assert_close(after[:6], before[:6])
    assert not torch.allclose(after[6:], before[6:])


def reached(sharing: AbstractSharing, spec: SharingSpec, task: int) -> set[int]:
    sharing.zero_grad()
    sharing(draw(spec, 60))[:, task].pow(2).sum().backward()
    return {
        id(parameter)
        for parameter in sharing.parameters()
        if parameter.grad is not None and parameter.grad.any()
    }


def test_a_task_owns_exactly_what_no_other_task_trains(sharing, spec):
    by_task = [reached(sharing, spec, task) for task in range(TASKS)]
    for task, mine in enumerate(by_task):
        others = set().union(*by_task[:task], *by_task[task + 1 :])
        owned = [id(parameter) for parameter in sharing.task_parameters(NAMES[task])]
        assert len(owned) == len(set(owned))
        assert set(owned) == mine - others


def test_every_task_trains_all_that_nobody_owns(sharing, spec):
    owned = {id(own) for task in range(TASKS) for own in sharing.task_parameters(NAMES[task])}
    shared = {id(parameter) for parameter in sharing.parameters()} - owned
    assert shared
    for task in range(TASKS):
        assert shared <= reached(sharing, spec, task)


@pytest.mark.parametrize("members", [1, 3])
def test_a_parameter_with_a_part_for_each_task_is_named_by_the_task(plain, members):
    """So a network of fewer tasks has the same names, but for those of the tasks that it lacks."""
    spec = plain.model_copy(update={"members": members})
    many, few = (set(build(spec, tasks=tasks).state_dict()) for tasks in (3, 2))
    assert few == {name for name in many if not name.endswith(module_key(NAMES[2]))}
    for name, value in build(spec).state_dict().items():
        tasks_in_front = value.shape[:1] == (TASKS,) and ".by_task." not in name
        assert not tasks_in_front or isinstance(spec, MMoESpec)  # of three experts


def test_all_parameters_are_used(sharing, spec):
    for task in range(TASKS):
        assert {id(own) for own in sharing.task_parameters(NAMES[task])} <= reached(
            sharing, spec, task
        )


def test_computes_in_float64_what_it_computes_in_float32(sharing, spec):
    single = sharing(draw(spec))
    double = sharing.double()(draw(spec).double())
    assert double.dtype == torch.float64
    torch.testing.assert_close(double.float(), single, rtol=1e-4, atol=1e-5)


def test_chance_acts_in_training_only(sharing, spec):
    x = draw(spec)
    assert torch.equal(sharing(x), sharing(x))
    sharing.train()
    assert not torch.equal(sharing(x), sharing(x))


def test_the_same_seed_builds_the_same_module(spec):
    def weights(seed: int) -> torch.Tensor:
        return torch.cat([parameter.flatten() for parameter in build(spec, seed=seed).parameters()])

    assert torch.equal(weights(3), weights(3))
    assert not torch.equal(weights(3), weights(4))


def test_survives_a_state_dict(sharing, spec):
    other = build(spec, seed=1)
    assert not torch.equal(other(draw(spec)), sharing(draw(spec)))
    other.load_state_dict(sharing.state_dict())
    assert torch.equal(other(draw(spec)), sharing(draw(spec)))


def test_can_be_copied_in_the_middle_of_a_step(sharing, spec):
    sharing.train()(draw(spec))
    copied = copy.deepcopy(sharing)
    assert not copied.penalty()
    sharing.eval()
    assert torch.equal(copied.eval()(draw(spec)), sharing(draw(spec)))


def test_only_latent_variables_add_to_the_loss(sharing, spec):
    assert not sharing.penalty()
    sharing.train()(draw(spec))
    assert bool(sharing.penalty()) == isinstance(spec, LatentVariableSpec)
    assert not sharing.penalty()  # forgotten


def test_members_start_as_the_plain_network(plain):
    ensemble = build(plain.model_copy(update={"members": 3}))
    out = ensemble(repeat_for_members(draw(plain), 3))
    expected = build(plain)(draw(plain))
    torch.testing.assert_close(split_members(out, 3), expected.unsqueeze(1).expand(-1, 3, -1, -1))


def test_what_a_member_has_of_its_own_changes_that_member_alone(plain):
    spec = plain.model_copy(update={"members": 3})
    x = repeat_for_members(draw(plain), 3)
    before = split_members(build(spec)(x), 3)
    for kind in ("scale_in", "scale_out", "bias"):
        ensemble = build(spec)
        of_members = [p for path, p in ensemble.named_parameters() if kind in path.split(".")]
        if kind == "scale_in" and not of_members:
            continue  # a single layer sees the input itself
        for parameter in of_members:
            with torch.no_grad():
                parameter[:, 1] += 0.3
        after = split_members(ensemble(x), 3)
        assert torch.equal(after[:, [0, 2]], before[:, [0, 2]])
        assert not torch.allclose(after[:, 1], before[:, 1])
