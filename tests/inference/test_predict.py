from dataclasses import replace

import numpy as np
import pytest

from banian.inference import predict_rows


@pytest.fixture
def visits(examples):
    return examples.grains["rows of visits"]


def test_a_task_is_predicted_for_the_rows_that_it_asks_about(bundle, visits):
    found = predict_rows(bundle, visits)
    assert list(found) == ["kept", "dear"]
    for at, (task, said) in enumerate(found.items()):
        asked = np.flatnonzero(visits.asked[:, at])
        assert said.task == task
        assert said.keys["id"].to_pylist() == [str(row) for row in asked]
        assert len(np.unique(said.value)) > 15


def test_predictions_are_what_the_network_says_calibrated(bundle, visits):
    said = predict_rows(bundle, visits)["dear"]
    asked = np.flatnonzero(visits.asked[:, 1])
    values = bundle.predict(visits, ("dear",))["dear"]
    expected = bundle.calibrations["dear"].apply(values, visits.level[:, 1]).take(asked)
    np.testing.assert_array_equal(said.value, expected.value)
    assert (said.value != values[asked, 0]).any()


def test_a_row_alone_is_predicted_as_among_others(bundle, visits):
    whole = predict_rows(bundle, visits)["kept"]
    for place, row in enumerate(np.flatnonzero(visits.asked[:, 0])):
        alone = predict_rows(bundle, visits.take(np.array([row])))["kept"]
        np.testing.assert_allclose(alone.value, whole.value[place : place + 1], rtol=1e-5)


def test_labels_are_not_looked_at(bundle, visits):
    unknown = replace(visits, label=np.full_like(visits.label, np.nan))
    expected, found = predict_rows(bundle, visits), predict_rows(bundle, unknown)
    for task in expected:
        np.testing.assert_array_equal(found[task].value, expected[task].value)


def test_rows_that_are_cut_into_parts_come_out_alike(bundle, visits, monkeypatch):
    whole = predict_rows(bundle, visits)
    monkeypatch.setattr("banian.inference.parts._MOST_NUMBERS", 7)
    for task, said in predict_rows(bundle, visits).items():
        assert said.keys == whole[task].keys
        np.testing.assert_allclose(said.value, whole[task].value, rtol=1e-5)


def test_a_row_that_no_task_asks_about_has_no_prediction(bundle, visits):
    silent = visits.take(np.flatnonzero(~visits.asked.any(axis=1))[:1])
    assert [len(said) for said in predict_rows(bundle, silent).values()] == [0, 0]
