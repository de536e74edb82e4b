import numpy as np

from banian.datasets.marketplace.event_queue import EventQueue


def test_rows_come_out_when_due_in_the_order_of_time_and_only_once():
    queue = EventQueue()
    assert queue.take(100) == {}
    queue.add(np.array([5, 30, 10]), who=np.array([1, 2, 3]))
    queue.add(np.array([5]), who=np.array([4]))
    assert queue.take(11)["who"].tolist() == [1, 4, 3]
    assert queue.take(11)["who"].tolist() == []
    assert queue.take(31)["who"].tolist() == [2]


def test_what_falls_on_the_limit_waits():
    queue = EventQueue()
    queue.add(np.array([10]), who=np.array([1]))
    assert queue.take(10)["who"].tolist() == []
    assert queue.take(11)["who"].tolist() == [1]
