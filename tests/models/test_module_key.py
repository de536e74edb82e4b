from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from banian.models.module_key import module_key

NAMES = st.text(alphabet=[*"ab.%25E_", "é", " "], max_size=6)


@given(NAMES, NAMES)
def test_different_names_get_different_keys(first, second):
    assert (module_key(first) == module_key(second)) == (first == second)


def test_a_module_dict_takes_any_key():
    for name in ["", "a.b", *dir(nn.ModuleDict())]:
        modules = nn.ModuleDict({module_key(name): nn.Linear(1, 1)})
        assert list(modules) == [module_key(name)]
