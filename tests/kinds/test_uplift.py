"""What following the advice would have given is computed from the trial."""

import pyarrow as pa

from banian.kinds import Judged, build_kind
from banian.predictions import ANSWERS
from banian.spec import RowTaskSpec


def test_advice_is_held_against_one_treatment_for_all():
    rows = pa.table(
        {
            "label": [1.0, 0.0, 0.0, 1.0, 0.0, 0.0],
            "value": [0.5, 0.5, -0.1, 0.5, -0.1, 0.5],
            "choice": ["mail", "mail", "mail", "mail", "mail", "call"],
            ANSWERS: pa.array([["mail"], ["none"], ["none"], ["mail"], ["mail"], ["call"]]),
        }
    )
    task = RowTaskSpec(rows="m", label="bought", treatment="arm", control="none")
    uplift = build_kind("uplift")
    (said,) = uplift.explain(Judged(task, {}, rows, "m.bought", None))
    assert said == (
        "Had each row got what it is advised, the mean of m.bought would have been 0.5; with none for all 0, with mail "
        "for all 0.6667."
    )
    assert list(uplift.explain(Judged(task, {}, rows.slice(0, 0), "m.bought", None))) == []
