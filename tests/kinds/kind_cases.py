"""A case of every kind of task: labels, outputs of a network that knows them, and numbers that it refuses."""

from typing import NamedTuple, get_args

import numpy as np
import pytest

from banian.kinds import AbstractKind, TowerState, build_kind
from banian.predictions import Answer, Bounds
from banian.spec import Kind, RowTaskSpec

ROWS = 60
NAMES, GRADES, ARMS = ("milk", "salt", "tea"), (1.0, 2.0, 4.0), ("none", "mail")
MADE = np.random.Generator(np.random.PCG64(7))
NUMBER = np.round(MADE.gamma(2.0, 9.0, ROWS), 2)
CODE = np.arange(ROWS) % 3
ARM = np.arange(ROWS) % 2


def sure_of(code: np.ndarray, columns: int) -> np.ndarray:
    """Say with certainty, nearly, what will be."""
    return np.eye(columns)[code] * 0.96 + 0.01


class Case(NamedTuple):
    tower: TowerState
    label: np.ndarray
    outputs: np.ndarray
    """Of a network that knows the labels: [row, output]."""
    codes: np.ndarray | None = None
    refused: tuple[list[float], ...] = ()
    """Numbers that cannot be its labels."""


CASES = {
    "binary": Case(
        TowerState("binary", "auc"),
        ARM.astype(float),
        sure_of(ARM, 2)[:, 1:],
        refused=([0, 2], [-1, 1], [0, 0.5]),
    ),
    "multiclass": Case(
        TowerState("multiclass", "log_loss", classes=NAMES), CODE.astype(float), sure_of(CODE, 4)
    ),
    "ordinal": Case(
        TowerState("ordinal", "mae", grades=GRADES),
        np.array(GRADES)[CODE],
        sure_of(CODE, 3),
        refused=([1, 2, 2.5],),
    ),
    "count": Case(
        TowerState("count", "deviance"),
        np.floor(NUMBER),
        np.floor(NUMBER)[:, None] + 0.01,
        refused=([-1, 2], [0, 0.5]),
    ),
    "amount": Case(TowerState("amount", "mae"), NUMBER, NUMBER[:, None]),
    "regression": Case(TowerState("regression", "mae"), NUMBER - 20, NUMBER[:, None] - 20),
    "quantile": Case(TowerState("quantile", "pinball", quantile=0.9), NUMBER, NUMBER[:, None]),
    "ranking": Case(
        TowerState("ranking", "ndcg", classes=NAMES, top=2),
        np.ones(ROWS),
        sure_of(CODE, 4),
        codes=CODE[:, None],
        refused=([0, 1],),
    ),
    "uplift": Case(
        TowerState("uplift", "qini", classes=ARMS),
        (ARM & (np.arange(ROWS) % 3 == 0)).astype(float),
        np.stack([np.zeros(ROWS), np.arange(ROWS) % 3 == 0], axis=1).astype(float),
        codes=ARM[:, None],
    ),
}
each = pytest.mark.parametrize("name", get_args(Kind))
LISTED = "LIST_DISTINCT(e.s SAME who, 0, 1d) RANK TOP 2"
TREATED = {"treatment": "arm", "control": "none"}
EVERYTHING = Bounds()


def known_of(name: Kind) -> tuple[AbstractKind, Case]:
    return build_kind(name), CASES[name]


def task_of(name: Kind, label: str = "n") -> RowTaskSpec:
    """A task that says of which kind it is."""
    more = TREATED if name == "uplift" else {"kind": name}
    quantile = CASES[name].tower.quantile
    return RowTaskSpec(rows="e", label=label, quantile=quantile, **more)


def answer_of(name: Kind, outputs: np.ndarray) -> Answer:
    kind, case = known_of(name)
    return kind.plain_calibration(case.tower).apply(outputs, np.zeros(len(outputs)))


def read(name: Kind, answer: Answer, bounds: Bounds | None = None):
    """Lay answers beside the labels of the case."""
    kind, case = known_of(name)
    plain = kind.plain_calibration(case.tower)
    if bounds is None:
        return kind.read_outcome(case.tower, plain, answer, case.label, case.codes)
    return kind.read_believed(case.tower, plain, answer, case.label, case.codes, bounds)
