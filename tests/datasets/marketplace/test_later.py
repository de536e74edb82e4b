import numpy as np

from banian.datasets.marketplace.later import Later


def test_rows_come_out_when_due_in_the_order_of_time_and_only_once():
    later = Later()
    assert later.take(100) == {}
    later.add(np.array([5, 30, 10]), who=np.array([1, 2, 3]))
    later.add(np.array([5]), who=np.array([4]))
    assert later.take(11)["who"].tolist() == [1, 4, 3]
    assert later.take(11)["who"].tolist() == []
    assert later.take(31)["who"].tolist() == [2]


def test_what_falls_on_the_limit_waits():
    later = Later()
    later.add(np.array([10]), who=np.array([1]))
    assert later.take(10)["who"].tolist() == []
    assert later.take(11)["who"].tolist() == [1]
