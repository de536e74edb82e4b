import numpy as np
import pytest
import torch

from banian.models.dependence import AITM

TASKS = ("back", "buy", "click", "price", "rated")
GIVEN = {"buy": "click", "back": "buy", "rated": "buy"}
WIDTH, ROWS = 6, 5


@pytest.fixture
def aitm() -> AITM:
    torch.manual_seed(0)
    return AITM(TASKS, GIVEN, width=WIDTH, dropout=0.0).double()


@pytest.fixture
def x() -> torch.Tensor:
    generator = torch.Generator().manual_seed(1)
    return torch.randn(ROWS, len(TASKS), WIDTH, generator=generator, dtype=torch.float64)


def attended(link, before: np.ndarray, own: np.ndarray) -> np.ndarray:
    """z = Σ over u ∈ {p, q} of w_u h₁(u); w_u ∝ exp(⟨h₂(u), h₃(u)⟩/√k); p = g(z of the step before)."""
    weights = {name: value.numpy() for name, value in link.state_dict().items()}
    handed = np.maximum(before @ weights["transfer.weight"].T + weights["transfer.bias"], 0)
    values, matches = [], []
    for u in (handed, own):
        h1, h2, h3 = (
            u @ weights["project.weight"][at : at + WIDTH].T
            + weights["project.bias"][at : at + WIDTH]
            for at in range(0, 3 * WIDTH, WIDTH)
        )
        values.append(h1)
        matches.append(h2 @ h3 / np.sqrt(WIDTH))
    shares = np.exp(matches) / np.exp(matches).sum()
    return shares @ np.array(values)


def test_is_the_attention_of_the_paper_along_every_chain(aitm, x):
    found = aitm(x).detach().numpy()
    for row in range(ROWS):
        seen = dict(zip(TASKS, x[row].numpy(), strict=True))
        for task in ("buy", "back", "rated"):
            link = aitm.links[f"of_{task}"]
            seen[task] = attended(link, seen[GIVEN[task]], seen[task])
        expected = np.stack([seen[task] for task in TASKS])
        np.testing.assert_allclose(found[row], expected, rtol=0, atol=1e-12)


def test_first_steps_and_tasks_outside_chains_pass_unchanged(aitm, x):
    out = aitm(x)
    for task in ("click", "price"):
        assert torch.equal(out[:, TASKS.index(task)], x[:, TASKS.index(task)])


def test_a_task_hears_of_those_before_it_and_of_no_other(aitm, x):
    x.requires_grad_()
    heard = {}
    for at, task in enumerate(TASKS):
        (gradient,) = torch.autograd.grad(aitm(x)[:, at].sum(), x)
        heard[task] = {TASKS[i] for i in range(len(TASKS)) if gradient[:, i].any()}
    assert heard == {
        "click": {"click"},
        "buy": {"click", "buy"},
        "back": {"click", "buy", "back"},
        "rated": {"click", "buy", "rated"},
        "price": {"price"},
    }


def test_a_link_belongs_to_its_task_where_no_later_task_trains_it(aitm, x):
    for at, task in enumerate(TASKS):
        aitm.zero_grad()
        aitm(x)[:, at].square().sum().backward()
        own = {id(parameter) for parameter in aitm.task_parameters(task)}
        others = {id(p) for other in TASKS if other != task for p in aitm.task_parameters(other)}
        reached = {id(p) for p in aitm.parameters() if p.grad is not None and p.grad.any()}
        assert own <= reached
        assert not others & reached
    owners = [task for task in TASKS if aitm.task_parameters(task)]
    assert owners == ["back", "rated"]


def test_without_chains_nothing_is_handed_on(x):
    alone = AITM(TASKS, {}, width=WIDTH, dropout=0.0)
    assert torch.equal(alone(x), x)
    assert not list(alone.parameters())
