"""Asks of several, put together grain by grain."""

import numpy as np
import pyarrow as pa

from banian.inference.ask_rows import AskRows
from banian.inference.asked_together import AskedTogether, merge_groups
from banian.inference.asks import GrainAsks


def asked(grain: str, tasks: tuple[str, ...], keys: list, **context: list) -> AskedTogether:
    table = pa.table({"id": keys, **context})
    group = GrainAsks(
        grain=grain,
        about=grain,
        tasks=tasks,
        place=np.arange(len(keys)),
        asked=np.ones((len(keys), len(tasks)), bool),
        at=np.zeros(len(keys), np.int64),
        keys=table.select(["id"]),
        context=table,
    )
    return AskedTogether(AskRows({}, len(keys)), (group,), ())


def test_asks_about_one_grain_stand_together_beside_who_asked_them():
    several = [
        asked("people", ("kept",), ["a", "b"], city=["x", "y"]),
        asked("goods", ("sold",), ["g"]),
        asked("people", ("spend", "kept"), ["a"], age=[3]),
    ]
    (people, owner), (goods, alone) = merge_groups(several)
    assert goods is several[1].groups[0]
    assert alone.tolist() == [1]
    assert owner.tolist() == [0, 0, 2]
    assert people.tasks == ("kept", "spend")
    assert people.asked.tolist() == [[True, False], [True, False], [True, True]]
    assert people.place.tolist() == [0, 1, 0]
    assert people.context.to_pydict() == {
        "id": ["a", "b", "a"],
        "city": ["x", "y", None],
        "age": [None, None, 3],
    }
