import numpy as np
import pytest

from banian.inference import cut_rows, parts


@pytest.mark.parametrize("size", [1, 3, 100])
def test_chosen_rows_come_in_their_order_whatever_the_size_of_parts(
    bundle, examples, monkeypatch, size
):
    rows = next(iter(examples.grains.values()))
    grain = bundle.grains[rows.grain]
    cells = sum(seen.columns.num_columns for seen in rows.entities.values())
    monkeypatch.setattr(parts, "_MOST_CELLS", size * cells)
    chosen = np.array([4, 1, 1, 0, 3])
    found = list(cut_rows(grain, rows, chosen))
    assert [len(part) for part in found[:-1]] == [size] * (len(found) - 1)
    assert (
        np.concatenate([part.cluster for part in found]).tolist() == rows.cluster[chosen].tolist()
    )
    assert [len(part) for part in cut_rows(grain, rows, chosen[:0])] == [0]
