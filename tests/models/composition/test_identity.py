"""Where scenes and fusion say nothing yet, the network is the plain one, whatever else it has learned."""

import pytest
import torch

from banian.models import Model
from banian.spec import ModelSpec, PEPNetSpec, SceneTowersSpec, SharedBottomSpec, STARSpec

COMPOSED = {
    "pepnet": {"scenes": PEPNetSpec()},
    "star": {"scenes": STARSpec()},
    "star of rank 2": {"scenes": STARSpec(rank=2)},
    "towers": {"scenes": SceneTowersSpec()},
    "towers of rank 2": {"scenes": SceneTowersSpec(rank=2)},
    "fusion": {"fusion": True},
}


def spec_of(**composed) -> ModelSpec:
    return ModelSpec(
        sharing=SharedBottomSpec(width=6),
        entity_width=4,
        private_width=3,
        tower_width=5,
        dropout=0.0,
        **composed,
    )


def transplant(plain: Model, composed: Model) -> None:
    """Give the composed network all that the plain one has learned, and nothing to its further units."""
    into = composed.state_dict()
    for name, value in plain.state_dict().items():
        place = name if name in into else name.replace(".layer.hidden", ".layer.layer.hidden")
        into[place].zero_()
        into[place][tuple(map(slice, value.shape))] = value


@pytest.mark.parametrize("composed", COMPOSED.values(), ids=COMPOSED)
@pytest.mark.parametrize("grain", ["customers", "rows of pages"])
def test_neutral_scenes_and_fusion_are_the_plain_network(
    composed, grain, make_model, make_batch, alive
):
    plain, other = alive(make_model(spec_of())), make_model(spec_of(**composed))
    transplant(plain, other)
    batch = make_batch(grain, 50)
    expected = plain(batch)
    for task, logit in other(batch).items():
        assert (logit != logit[0]).any()
        torch.testing.assert_close(logit, expected[task], rtol=0, atol=1e-12)
    extra = sum(p.numel() for p in other.parameters()) - sum(p.numel() for p in plain.parameters())
    assert extra > 0
