from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from banian.models.slot import slot

NAMES = st.text(alphabet=[*"ab.%25E_", "é", " "], max_size=6)


@given(NAMES, NAMES)
def test_different_names_get_different_slots(first, second):
    assert (slot(first) == slot(second)) == (first == second)


def test_a_module_dict_takes_any_slot():
    for name in ["", "a.b", *dir(nn.ModuleDict())]:
        modules = nn.ModuleDict({slot(name): nn.Linear(1, 1)})
        assert list(modules) == [slot(name)]
