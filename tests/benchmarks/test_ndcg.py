import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from modalities.ndcg import ndcg_of_groups
from sklearn.metrics import ndcg_score

_ROWS = st.lists(
    st.tuples(st.sampled_from((1.0, 1.67, 2.0, 3.0)), st.integers(-3, 3)), min_size=2, max_size=25
)


@given(st.lists(_ROWS, min_size=1, max_size=4))
def test_ndcg_of_each_group_is_that_of_scikit_learn(groups):
    names = np.repeat(np.arange(len(groups)), [len(rows) for rows in groups])
    label, said = np.array([pair for rows in groups for pair in rows], np.float64).T
    order = np.random.default_rng(0).permutation(len(names))
    found = ndcg_of_groups(label[order], said[order], names[order])
    for rows, value in zip(groups, found, strict=True):
        labels, numbers = np.array(rows, np.float64).T
        if labels.min() == labels.max():
            assert np.isnan(value)
        else:
            assert value == pytest.approx(ndcg_score([2**labels - 1], [numbers], k=10))
