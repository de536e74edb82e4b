"""A shelf gives what was put there last, neither too old nor from later, and forgets what was not asked for longest."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from banian.inference.vector_shelf import Encoded, VectorShelf

KEYS = st.sampled_from([*"abcdefg", None])
CALLS = st.lists(st.lists(st.tuples(KEYS, st.integers(0, 9)), min_size=1, max_size=6), max_size=12)


def encoded(numbers: list[int]) -> Encoded:
    values = np.array(numbers)
    return Encoded(
        np.stack([values, -values], axis=1).astype("f4"),
        values[:, None].astype("f8") / 3,
        (values % 2 == 0)[:, None],
    )


@given(CALLS, st.integers(1, 5), st.integers(0, 9))
def test_a_shelf_holds_what_a_dictionary_by_last_use_holds(calls, most, oldest):
    shelf, held, number = VectorShelf(most), dict[str | None, tuple[int, int]](), 0
    for call in calls:
        keys, at = [key for key, _ in call], np.array([tick for _, tick in call])
        found = shelf.find(keys, at, oldest=oldest)
        for key, tick, place in zip(keys, at, found, strict=True):
            fits = key in held and 0 <= tick - held[key][0] <= oldest
            assert (place >= 0) == fits
            if fits:
                taken = shelf.take(np.array([place]))
                assert taken.vectors.tolist() == [[held[key][1], -held[key][1]]]
                assert taken.past[0, 0] == held[key][1] / 3
                assert taken.flags[0, 0] == (held[key][1] % 2 == 0)
        for key, place in zip(keys, found, strict=True):
            if place >= 0:
                held[key] = held.pop(key)
        if len(call) == 1 and found[0] < 0:
            number += 1
            shelf.put(keys, at, encoded([number]))
            if keys[0] not in held or held[keys[0]][0] <= at[0]:
                held.pop(keys[0], None)
                held[keys[0]] = int(at[0]), number
                if len(held) > most:
                    del held[next(iter(held))]
        assert len(shelf) == len(held)


def test_of_a_key_that_comes_twice_the_later_instant_stays():
    shelf = VectorShelf(8)
    shelf.put(["a", "b", "a"], np.array([5, 1, 3]), encoded([1, 2, 3]))
    place = shelf.find(["a"], np.array([5]), oldest=0)
    assert shelf.take(place).vectors[0, 0] == 1


def test_more_keys_than_there_is_room_for_leave_the_last():
    shelf = VectorShelf(300)
    keys = [str(number) for number in range(1000)]
    shelf.put(keys, np.zeros(1000, np.int64), encoded([*range(1000)]))
    found = shelf.find(keys, np.zeros(1000, np.int64), oldest=0)
    assert np.flatnonzero(found >= 0).tolist() == [*range(700, 1000)]
    assert shelf.take(found[700:]).vectors[:, 0].tolist() == [*range(700, 1000)]
