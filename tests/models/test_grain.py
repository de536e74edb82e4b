from dataclasses import replace

import pytest

from banian.kinds import TowerState
from banian.models import Grain
from banian.models.dependence import ESMM, build_space, build_transfer
from banian.spec import AITMSpec, ESMMSpec

BINARY = TowerState("binary", "auc")
FUNNEL = Grain(
    ("pages",),
    {"click": BINARY, "cart": BINARY, "buy": BINARY},
    {"cart": "click", "buy": "cart"},
)


def test_a_task_is_linked_to_the_one_it_is_given():
    assert FUNNEL.links == {"cart": "click", "buy": "cart"}


@pytest.mark.parametrize("known", [("buy",), ("click", "buy"), ("click",)])
def test_a_network_that_does_not_know_what_a_task_is_given_has_no_link(known):
    """As a single-task twin does."""
    part = replace(FUNNEL, tasks=dict.fromkeys(known, BINARY))
    assert part.links == {}
    space = build_space(ESMMSpec(), grains={"pages": part})
    assert isinstance(space, ESMM)
    assert space.chains == {}
    transfer = build_transfer(AITMSpec(), grains={"pages": part}, width=3, dropout=0.0)
    assert not list(transfer.parameters())
