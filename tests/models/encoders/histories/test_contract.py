"""What every way of reading a history promises, whichever it is."""

import pytest
import torch

from banian.models.encoders.histories import AbstractHistory, build_history
from banian.spec import AttentionSpec, TransformerSpec

SPECS = [AttentionSpec(width=8, steps=5), TransformerSpec(width=8, steps=5, heads=2)]
COUNTS = torch.tensor([5, 3, 0, 1, 2])


@pytest.fixture(params=SPECS, ids=lambda spec: spec.kind)
def history(request) -> AbstractHistory:
    torch.manual_seed(0)
    made = build_history(request.param, dropout=0.5).double().eval()
    torch.nn.init.normal_(made.nothing)
    for name, value in made.named_parameters():
        if name == "positions":
            torch.nn.init.normal_(value)
    return made


@pytest.fixture
def query() -> torch.Tensor:
    return torch.randn(5, 8, generator=torch.Generator().manual_seed(1)).double()


@pytest.fixture
def events() -> torch.Tensor:
    return torch.randn(5, 5, 8, generator=torch.Generator().manual_seed(2)).double()


@pytest.fixture
def is_there() -> torch.Tensor:
    return torch.arange(5) < COUNTS.unsqueeze(1)


def test_gives_a_vector_per_row(history, query, events, is_there):
    out = history(query, events, is_there)
    assert out.shape == (5, 8)
    assert out.isfinite().all()


def test_a_history_without_events_is_the_learned_vector(history, query, events, is_there):
    out = history(query, events, is_there)
    assert torch.equal(out[2], history.nothing)
    assert (out[COUNTS > 0] != history.nothing).any(dim=1).all()


def gradients(history, query, events, is_there):
    history.zero_grad()
    history(query, events, is_there).square().sum().backward()
    return [parameter.grad.clone() for parameter in history.parameters()]


def test_garbage_behind_the_last_event_changes_nothing(history, query, events, is_there):
    garbage = torch.where(is_there.unsqueeze(2), events, torch.nan)
    assert torch.equal(history(query, garbage, is_there), history(query, events, is_there))
    dirty, clean = (gradients(history, query, given, is_there) for given in (garbage, events))
    assert all(torch.equal(one, other) for one, other in zip(dirty, clean, strict=True))


def test_every_event_that_is_there_counts(history, query, events, is_there):
    before = history(query, events, is_there)
    for row, step in is_there.nonzero().tolist():
        changed = events.clone()
        changed[row, step] += 1.0
        after = history(query, changed, is_there)
        assert not torch.allclose(after[row], before[row])


def test_what_the_row_is_about_matters(history, query, events, is_there):
    before, after = (history(q, events, is_there) for q in (query, query + 1.0))
    assert (before != after).any(dim=1).tolist() == (COUNTS > 0).tolist()


def test_rows_do_not_see_each_other(history, query, events, is_there):
    before = history(query, events, is_there)
    alone = torch.cat(
        [history(query[i : i + 1], events[i : i + 1], is_there[i : i + 1]) for i in range(5)]
    )
    torch.testing.assert_close(alone, before, rtol=0, atol=1e-12)


def test_all_parameters_are_used(history, query, events, is_there):
    assert all(gradient.any() for gradient in gradients(history, query, events, is_there))


@pytest.mark.parametrize("spec", SPECS, ids=lambda spec: spec.kind)
def test_the_same_seed_builds_the_same_module(spec):
    def build(seed):
        torch.manual_seed(seed)
        module = build_history(spec, dropout=0.0)
        return torch.cat([parameter.flatten() for parameter in module.parameters()])

    assert torch.equal(build(3), build(3))
    assert not torch.equal(build(3), build(4))
