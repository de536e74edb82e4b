"""What advice would have given is read off a trial."""

import numpy as np
import pytest

from banian.evaluation import policy_mean


def test_it_is_the_mean_of_those_who_by_chance_got_what_is_advised():
    generator = np.random.Generator(np.random.PCG64(0))
    kind = generator.integers(0, 2, 40_000)
    arm = generator.choice(["none", "mail", "call"], 40_000, p=[0.5, 0.3, 0.2])
    mean = np.select(
        [(kind == 1) & (arm == "mail"), (kind == 0) & (arm == "call")], [5.0, 3.0], 1.0
    )
    label = mean + generator.normal(size=40_000)
    for advised, truth in (
        (np.where(kind == 1, "mail", "call"), 4.0),
        (np.where(kind == 1, "mail", "none"), 3.0),
        (np.full(40_000, "call"), 2.0),
    ):
        assert policy_mean(label, arm, advised) == pytest.approx(truth, abs=0.1)


def test_advice_that_nobody_got_by_chance_says_nothing():
    arm = np.array(["none", "none"])
    assert np.isnan(policy_mean(np.ones(2), arm, np.array(["mail", "none"])))
