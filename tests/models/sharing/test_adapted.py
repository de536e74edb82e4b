import copy

import pytest
import torch

from banian.models.sharing import AdaptedLinear, AdaptedSharing, EnsembleLinear, build_sharing
from banian.spec import (
    CrossStitchSpec,
    LatentVariableSpec,
    MMoESpec,
    PLESpec,
    SharedBottomSpec,
    STEMSpec,
    TaskAttentionSpec,
)

DIM, TASKS, ROWS, RANK = 5, 3, 12, 2
NAMES = ["a", "b", "c"]
SPECS = [
    SharedBottomSpec(width=6),
    MMoESpec(width=6),
    PLESpec(width=6),
    CrossStitchSpec(width=6),
    TaskAttentionSpec(width=6),
    STEMSpec(width=6),
    LatentVariableSpec(width=6),
]
each = pytest.mark.parametrize("spec", SPECS, ids=lambda spec: spec.kind)


def build(spec):
    torch.manual_seed(0)
    return build_sharing(spec, dim=DIM, tasks=NAMES, dropout=0.0).double().eval()


def adapt(pretrained, *, live):
    adapted = AdaptedSharing(pretrained, tasks=NAMES, rank=RANK).double().eval()
    for part in adapted.modules():
        if live and isinstance(part, AdaptedLinear):
            for up in part.up.parameters():
                torch.nn.init.normal_(up)
    return adapted


def draw(spec, rows=ROWS):
    views = 1 + TASKS if isinstance(spec, STEMSpec) else 1
    return torch.randn(rows, views * DIM, generator=torch.Generator().manual_seed(1)).double()


@each
@pytest.mark.parametrize("members", [1, 3])
def test_starts_as_its_pretrained_network(spec, members):
    pretrained = build(spec.model_copy(update={"members": members}))
    expected = pretrained(draw(spec))
    torch.testing.assert_close(
        adapt(pretrained, live=False)(draw(spec)), expected, rtol=0, atol=1e-14
    )


@each
def test_each_task_sees_the_pretrained_network_with_its_updates_in_the_weights(spec):
    """W + B_t A_t, multiplied out and put into a plain copy of the pretrained network."""
    adapted = adapt(build(spec), live=True)
    out = adapted(draw(spec))
    updates = {
        name: torch.einsum("tmwk,tmkd->tmwd", part.up(), part.down()).detach()
        for name, part in adapted.adapted.named_modules()
        if isinstance(part, AdaptedLinear)
    }
    assert updates
    for task in range(TASKS):
        plain = build(spec)
        for name, update in updates.items():
            assert update[task].any()
            with torch.no_grad():
                parts = list(
                    plain.get_submodule(name).weight.parameters()
                )  # one, or one of each task
                for part, own in zip(parts, update[task].chunk(len(parts)), strict=True):
                    part += own
        torch.testing.assert_close(out[:, task], plain(draw(spec))[:, task])
        assert not torch.allclose(out[:, task], build(spec)(draw(spec))[:, task])


@each
def test_a_task_owns_its_adapters_and_what_it_owned_before(spec):
    pretrained = build(spec)
    before = [len(pretrained.task_parameters(NAMES[task])) for task in range(TASKS)]
    adapted = adapt(pretrained, live=True)
    adapters = sum(isinstance(part, AdaptedLinear) for part in adapted.modules())
    x = draw(spec, 60)
    reached = []
    for task in range(TASKS):
        adapted.zero_grad()
        adapted(x)[:, task].square().sum().backward()
        reached.append({id(p) for p in adapted.parameters() if p.grad is not None and p.grad.any()})
    for task in range(TASKS):
        owned = {id(parameter) for parameter in adapted.task_parameters(NAMES[task])}
        assert len(owned) == before[task] + 2 * adapters
        assert owned <= reached[task]
        assert not any(owned & reached[other] for other in range(TASKS) if other != task)


def test_maps_that_a_task_owns_have_no_adapters():
    adapted = adapt(build(MMoESpec(width=6)), live=False)
    assert not isinstance(adapted.adapted.gates, AdaptedLinear)
    assert isinstance(adapted.adapted.experts.first, AdaptedLinear)


def test_members_are_adapted_alike():
    spec = SharedBottomSpec(width=6, members=3)
    adapted = adapt(build(spec), live=True)
    assert isinstance(adapted.adapted.bottom.first.linear, EnsembleLinear)
    x = draw(spec, 4)
    rows = x.repeat_interleave(3, dim=0)
    out = adapted(rows).unflatten(0, (4, 3))
    torch.testing.assert_close(out, out[:, :1].expand_as(out))  # scales are still 1


def test_no_rows_pass():
    spec = MMoESpec(width=6)
    assert adapt(build(spec), live=True)(draw(spec, 0)).shape == (0, TASKS, 6)


def test_passes_the_penalty_of_its_pretrained_network_on():
    spec = LatentVariableSpec(width=6)
    pretrained = build(spec)
    adapted = adapt(copy.deepcopy(pretrained), live=False)
    for sharing in (pretrained.train(), adapted.train()):
        sharing(draw(spec))
    torch.testing.assert_close(adapted.penalty(), pretrained.penalty())
    assert not adapted.penalty()
