import numpy as np
import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st
from modalities.parts import TEST, TRAIN, VALID, keys_for, parts_by_group, split_of
from modality_rows import decided_by_a_word

from banian.examples.split import shares
from banian.tables import build_engine
from banian.workflows.prepare import prepare


@given(st.lists(st.sampled_from((TRAIN, VALID, TEST)), min_size=1, max_size=60))
def test_the_hash_of_a_key_falls_into_the_part_that_is_meant(parts):
    part = np.array(parts, np.int8)
    keys = keys_for(part)
    valid, test = split_of(part)
    share = shares(pa.array(keys), "split")
    assert len(set(keys.tolist())) == len(part)
    assert np.array_equal(share < test, part == TEST)
    assert np.array_equal((share >= test) & (share < test + valid), part == VALID)


def test_a_group_stays_together_and_shares_are_those_that_are_said():
    groups = [f"g{at // 3}" for at in range(9000)]
    part = parts_by_group(groups)
    assert (part.reshape(-1, 3) == part[::3, None]).all()
    assert np.allclose(np.bincount(part) / len(part), [0.7, 0.1, 0.2], atol=0.03)


def test_banian_splits_a_written_shop_as_it_is_meant(tmp_path):
    rows = decided_by_a_word()
    rows.write(tmp_path)
    prepared = prepare(rows.check_spec(), tmp_path, build_engine("duckdb"), lambda _: None)
    (grain,) = prepared.examples.grains
    examples, roles = prepared.examples.grains[grain], prepared.roles[grain]
    (name,) = examples.keys.column_names
    key = examples.keys[name].to_numpy()
    for at, task in enumerate(examples.tasks):
        for role, part in ((roles.select, TRAIN), (roles.valid, VALID), (roles.test, TEST)):
            meant = (rows.part == part) & ~np.isnan(rows.labels(task))
            assert set(key[role[:, at]].tolist()) == set(rows.key[meant].tolist())
