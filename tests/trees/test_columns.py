import json
from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest

from banian.errors import TableError
from banian.trees.columns import TreeColumns, fit_columns


def test_numbers_stay_and_categories_become_places(make_rows, halves):
    rows = make_rows()
    columns = fit_columns(rows, halves[0])
    assert columns.numbers == ("visits.pages", "visits.same")  # the second says who is there
    assert sorted(columns.categories) == ["scene", "visits.city"]
    matrix = columns.to_matrix(rows)
    chosen = np.array([3, 0, 0, len(rows) - 1])
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("banian.trees.columns._CELLS_AT_ONCE", 2 * matrix.shape[1])
        patch.setattr("banian.features.held_rows.MOST_BYTES", 0)
        np.testing.assert_array_equal(columns.to_matrix(rows, chosen), matrix[chosen])
    features = rows.entities["visits"]
    present = features.present
    pages = features.columns["pages"].to_numpy()
    np.testing.assert_array_equal(matrix[present, 0], pages[present].astype(np.float32))
    assert np.isnan(matrix[~present, 0]).all()
    cities = columns.categories["visits.city"].values.to_pylist()
    place = columns.names.index("visits.city")
    for row in np.flatnonzero(present)[:50]:
        assert cities[int(matrix[row, place])] == features.columns["city"][int(row)].as_py()
    scenes = columns.categories["scene"].values.to_pylist()
    place = columns.names.index("scene")
    assert [scenes[int(at)] for at in matrix[:20, place]] == rows.scene[:20].to_pylist()


def test_what_never_varies_and_what_is_rare_is_left_out(make_rows):
    rows = make_rows()
    few = (np.arange(400) < 15) & rows.entities["visits"].present
    columns = fit_columns(rows, few)
    assert columns.numbers == ("visits.pages",)
    assert "visits.empty" not in columns.numbers
    assert "visits.city" not in columns.categories  # no city ten times among fifteen rows


def test_a_value_that_training_never_met_is_absent(make_rows, halves):
    rows = make_rows()
    columns = fit_columns(rows, halves[0])
    seen = rows.entities["visits"]
    strange = seen.columns.set_column(0, "city", pa.array(["elsewhere"] * len(rows)))
    rows.entities["visits"] = type(seen)(seen.present, strange)
    place = columns.names.index("visits.city")
    assert np.isnan(columns.to_matrix(rows)[:, place]).all()


def test_a_feature_that_rows_lack_is_refused_by_name(make_rows, halves):
    rows = make_rows()
    columns = fit_columns(rows, halves[0])
    seen = rows.entities["visits"]
    fewer = type(seen)(seen.present, seen.columns.drop_columns(["city", "pages"]))
    entities = rows.entities | {"visits": fewer}
    with pytest.raises(TableError, match=r"rows lack visits\.city, visits\.pages, which"):
        columns.to_matrix(replace(rows, entities=entities))


def test_columns_come_back_from_json(make_rows, halves):
    columns = fit_columns(make_rows(), halves[0])
    assert (
        TreeColumns.from_parts(json.loads(json.dumps(columns.to_dict())), columns.arrays())
        == columns
    )
