import numpy as np
import pyarrow as pa
from scipy import stats

from banian.features.codecs import Buckets


def column(*values: str | None) -> pa.ChunkedArray:
    return pa.chunked_array([list(values)], pa.string())


def test_absent_has_its_own_code_and_unseen_is_never_used():
    codes = Buckets(5).encode(column(None, "", *map(str, range(300))))
    assert codes[0] == 0
    assert set(codes[1:].tolist()) == {2, 3, 4, 5, 6}
    assert Buckets(5).size == 7


def test_a_value_has_the_same_code_whatever_stands_beside_it():
    alone = [Buckets(1000).encode(column(value))[0] for value in ("a", "日本", "a\x00b")]
    assert Buckets(1000).encode(column("日本", "x", "a\x00b", "a")).tolist()[::3] == [
        alone[1],
        alone[0],
    ]
    assert len(set(alone)) == 3


def test_the_buckets_are_equally_full():
    ids = pa.chunked_array([pa.array(np.arange(40_000) * 64).cast(pa.string())])
    for count in (64, 100):
        full = np.bincount(Buckets(count).encode(ids) - 2, minlength=count)
        assert stats.chisquare(full).pvalue > 1e-3
