"""A network leaves Python: it is traced once, for batches of any size."""

from collections.abc import Iterator
from dataclasses import replace

import jaxtyping
import pytest
import torch
from hypothesis import settings
from torch import Tensor, nn

from banian.batches import Batch
from banian.models import Model
from banian.spec import MMoESpec, ModelSpec, PLESpec, STEMSpec

IS_LONG = settings.get_current_profile_name() == "long"


def flatten(batch: Batch) -> list[Tensor]:
    found: list[Tensor] = []
    for block in batch.blocks.values():
        block.map(lambda tensor: (found.append(tensor), tensor)[1])
    return [*found, batch.scene]


class Flat(nn.Module):
    """Takes the tensors of one grain's batches one by one, gives its logits one by one."""

    def __init__(self, model: Model, like: Batch) -> None:
        super().__init__()
        self.model, self.like = model, like

    def forward(self, tensors: list[Tensor]) -> tuple[Tensor, ...]:
        given: Iterator[Tensor] = iter(tensors)
        blocks = {
            name: block.map(lambda _: next(given)) for name, block in self.like.blocks.items()
        }
        return tuple(self.model(replace(self.like, blocks=blocks, scene=next(given))).values())


@pytest.fixture(autouse=True)
def unchecked() -> Iterator[None]:
    """Leave axes open while tracing: a shape that is checked is a shape that is fixed."""
    before = jaxtyping.config.jaxtyping_disable
    jaxtyping.config.update("jaxtyping_disable", True)
    yield
    jaxtyping.config.update("jaxtyping_disable", before)


@pytest.mark.parametrize(
    ("grain", "sharing"),
    [
        ("customers", MMoESpec(width=16, members=2)),
        ("shop.lines", PLESpec(width=16)),
        *([("shop.lines", STEMSpec(width=16))] if IS_LONG else []),
    ],
    ids=str,
)
def test_the_traced_network_answers_batches_of_another_size(grain, sharing, make_model, make_batch):
    spec = ModelSpec(sharing=sharing, entity_width=12, private_width=6, tower_width=8, pairs=4)
    model = make_model(spec).eval()
    seven, eleven = make_batch(grain, 7), make_batch(grain, 11, seed=2)
    rows = torch.export.Dim("rows", min=1, max=10_000)
    axes = ([{0: rows} for _ in flatten(seven)],)
    traced = torch.export.export(
        Flat(model, seven), (flatten(seven),), dynamic_shapes=axes, strict=False
    ).module()
    expected = model(eleven).values()
    for found, logits in zip(traced(flatten(eleven)), expected, strict=True):
        torch.testing.assert_close(found, logits)
