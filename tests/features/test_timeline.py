"""Where asks stand among the events of their entities is what counting these says, however many ask."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from banian.features import timeline
from banian.features.ticks import DAY, to_ticks
from banian.features.timeline import Timeline
from banian.features.windows import STEPS


@settings(deadline=None, derandomize=True, max_examples=60)
@given(
    events=st.lists(st.lists(st.integers(0, 200), max_size=9), min_size=1, max_size=4),
    asks=st.lists(st.tuples(st.integers(0, 3), st.integers(0, 200)), max_size=20),
)
def test_an_ask_stands_behind_all_events_that_were_before(events, asks):
    runs = [sorted(run) for run in events]
    tick = np.array([one * DAY for run in runs for one in run], np.int64)
    stops = np.cumsum([len(run) for run in runs])
    which = np.array([entity % len(runs) for entity, _ in asks], np.int64)
    at = np.array([day * DAY for _, day in asks], np.int64)
    first = stops[which] - np.array([len(run) for run in runs])[which]
    expected = [
        [
            start + sum(one * DAY < now - to_ticks(ago) for one in runs[entity])
            for start, entity, now in zip(first, which, at, strict=True)
        ]
        for ago in STEPS
    ]
    for most in (0, len(asks)):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(timeline, "_FEW", most)
            assert Timeline(tick, first, stops[which], at).steps.tolist() == expected
