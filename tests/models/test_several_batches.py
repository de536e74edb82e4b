"""Batches of several grains that are answered at once, held against each alone."""

import pytest
import torch

from banian.spec import (
    AdaptersSpec,
    MMoESpec,
    ModelSpec,
    PEPNetSpec,
    PLESpec,
    STARSpec,
    STEMSpec,
)

SMALL = ModelSpec(entity_width=8, private_width=4, tower_width=6, sharing=MMoESpec(width=8))
SPECS = {
    "plain": SMALL,
    "members and pairs": SMALL.model_copy(
        update={"sharing": PLESpec(width=8, members=3), "pairs": 4}
    ),
    "views": SMALL.model_copy(update={"sharing": STEMSpec(width=8)}),
    "scenes and fusion": SMALL.model_copy(update={"scenes": STARSpec(), "fusion": True}),
    "adapters": SMALL.model_copy(update={"adapters": AdaptersSpec(), "scenes": PEPNetSpec()}),
}


@pytest.mark.parametrize("spec", SPECS.values(), ids=SPECS.keys())
def test_answers_and_gradients_are_those_of_each_batch_alone(spec, make_model, make_batch):
    model = make_model(spec).eval()
    torch.manual_seed(1)
    for parameter in model.parameters():
        if not parameter.any():
            torch.nn.init.normal_(parameter, std=0.5)
    batches = [make_batch(grain, rows) for grain, rows in (("shop.lines", 7), ("customers", 5))]

    def differentiate(answered):
        model.zero_grad()
        losses = [
            model.loss(batch, own).sum() for batch, own in zip(batches, answered, strict=True)
        ]
        torch.stack(losses).sum().backward()
        return {n: p.grad.clone() for n, p in model.named_parameters() if p.grad is not None}

    alone = [model(batch) for batch in batches]
    together = model.answer(batches)
    for one, other in zip(alone, together, strict=True):
        assert one.keys() == other.keys()
        for task, logits in one.items():
            torch.testing.assert_close(other[task], logits, rtol=1e-6, atol=1e-6)
    expected, found = differentiate(alone), differentiate(together)
    assert expected.keys() <= found.keys()
    for name, gradient in found.items():
        assert gradient.isfinite().all()
        wanted = expected.get(name, torch.zeros_like(gradient))
        torch.testing.assert_close(gradient, wanted, rtol=1e-5, atol=1e-6)
