import pytest

from banian.models import Grain, TowerSpec

BINARY = TowerSpec("binary", "auc")


@pytest.mark.parametrize("given", [{"buy": "clikc"}, {"bye": "click"}])
def test_only_tasks_of_the_grain_are_given_each_other(given):
    stranger = next(name for pair in given.items() for name in pair if name in ("clikc", "bye"))
    with pytest.raises(ValueError, match=stranger):
        Grain(("pages",), {"click": BINARY, "buy": BINARY}, given)
