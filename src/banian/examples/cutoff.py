"""When entities are asked about: training, validation and test cutoffs."""

from datetime import datetime, timedelta

from banian.spec import TimeSplitSpec

_MONTH = timedelta(days=30)  # a longer horizon does not ask for more history than this
MOST_CUTOFFS = 24
"""Overlapping cutoffs are near-copies: more of them cost time and teach little."""


def lay_cutoffs(
    split: TimeSplitSpec, horizons: tuple[timedelta, ...], first: datetime
) -> tuple[datetime, ...]:
    """Lay the cutoffs of one grain, oldest first, the test cutoff last.

    They step from the validation cutoff back to the first one with enough history behind it and forward to the test
    cutoff. Of more than 24 before it the newest are kept; more than 24 from it on are thinned evenly, so that neither
    training nor validation is left without. `first` is the time of the oldest event.

    >>> from banian.spec import TimeSplitSpec
    >>> split = TimeSplitSpec(valid="2011-03-01", test="2011-04-01")
    >>> cutoffs = lay_cutoffs(split, (timedelta(days=30),), datetime(2011, 2, 5))
    >>> [at.strftime("%m-%d") for at in cutoffs]
    ['03-01', '03-11', '03-21', '03-31', '04-01']
    """
    stride = split.stride or _third(min(horizons))
    history = split.history or min(min(horizons), _MONTH)
    backwards = (split.valid - first - history) // stride
    forwards = (split.test - split.valid - timedelta(microseconds=1)) // stride
    every = forwards // MOST_CUTOFFS + 1
    steps = (*range(-min(max(backwards, 0), MOST_CUTOFFS), 0), *range(0, forwards + 1, every))
    return (*(split.valid + step * stride for step in steps), split.test)


def _third(horizon: timedelta) -> timedelta:
    """Round a third of the horizon up to whole days, or to whole hours below three days."""
    unit = timedelta(days=1) if horizon >= timedelta(days=3) else timedelta(hours=1)
    return -(-horizon // (3 * unit)) * unit
