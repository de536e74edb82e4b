import numpy as np
import pytest

from banian.evaluation import calibration_bins
from banian.report.pictures import draw_calibration


@pytest.mark.parametrize("rate", [0.0, 0.002, 0.5, 1.0])
def test_any_rate_can_be_drawn(rate):
    label = (np.arange(1_000) < 1_000 * rate).astype(float)
    picture = draw_calibration("click", calibration_bins(label, np.full(1_000, rate)))
    assert picture.svg.startswith("<svg")
    assert "in 1 of 1 bins the interval holds the prediction" in picture.alt
    assert f"{rate:.1%} predicted, {rate:.1%} true" in picture.alt
