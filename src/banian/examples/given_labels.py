"""The labels of tasks that are given another one: only where that came true."""

from collections.abc import Mapping

import numpy as np
from jaxtyping import Float, Int

from banian.errors import LabelError
from banian.examples.label import UNKNOWN
from banian.spec import TaskSpec


def keep_given(
    tasks: Mapping[str, TaskSpec],
    label: Float[np.ndarray, "row task"],
    matured: Int[np.ndarray, "row task"],
) -> None:
    """Keep, in place, the labels of a task with `given` only where the given task came true.

    They mature with the later of both.
    """
    position = {name: at for at, name in enumerate(tasks)}
    original = label.copy()
    for name, task in tasks.items():
        given = task.given
        while given is not None:
            here, there = position[name], position[given]
            _expect_truth(name, given, original[:, there])
            label[original[:, there] != 1.0, here] = np.nan
            never = (matured[:, here] == UNKNOWN) | (matured[:, there] == UNKNOWN)
            later = np.maximum(matured[:, here], matured[:, there])
            matured[:, here] = np.where(never, UNKNOWN, later)
            given = tasks[given].given


def _expect_truth(name: str, given: str, label: np.ndarray) -> None:
    known = label[~np.isnan(label)]
    if not np.isin(known, (0.0, 1.0)).all():
        raise LabelError(
            f"tasks.{name}.given: {given!r} is not yes or no: its labels go from {known.min():g} to "
            f"{known.max():g}.",
            remedy="Give a task that is, such as one that compares: COUNT(…) > 0.",
        )
