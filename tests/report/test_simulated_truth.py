import numpy as np
import pyarrow as pa
import pytest
from made_runs import draw_label, draw_probability, write_truth

from banian.errors import TableError
from banian.report import read_simulated_truth


def test_what_is_known_is_named_once(tmp_path):
    parts = ({"label": "clicked"}, {"label": "paid", "table": "orders"})
    assert read_simulated_truth(write_truth(tmp_path, *parts)).labels() == {
        ("views", "clicked"),
        ("orders", "paid"),
    }


def test_rows_are_found_in_the_order_of_the_keys(tmp_path):
    truth = read_simulated_truth(write_truth(tmp_path, {"label": "clicked"}))
    keys = np.array([7, 3, 200])
    drawn = truth.look_up("views", "clicked", pa.array(keys))
    assert drawn.probability.tolist() == draw_probability()[keys].tolist()
    assert drawn.value.tolist() == (draw_label()[keys] == 1).tolist()


def test_rows_that_lack_what_a_label_is_given_have_no_probability(tmp_path):
    came = {"label": "clicked", "value": np.arange(300) < 100}
    few = {"key": np.arange(90), "probability": np.zeros(90), "value": np.zeros(90, bool)}
    truth = read_simulated_truth(
        write_truth(tmp_path, came, {"label": "bought", "given": "clicked"} | few)
    )
    assert truth.look_up("views", "bought", pa.array([5, 250])) is None
    with pytest.raises(TableError, match="lacks 1 of 2 test rows, for example the one with key 95"):
        truth.look_up("views", "bought", pa.array([5, 95]))
