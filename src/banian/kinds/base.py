"""The contract of all kinds of task."""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Literal, final

import numpy as np
import pyarrow as pa
from jaxtyping import Float, Int, Shaped

from banian.evaluation import Outcome, TopTenth, number
from banian.examples import LabelFacts
from banian.kinds.tower_state import TowerState
from banian.predictions import AbstractCalibration, Answer, Bounds
from banian.spec import METRICS, Kind, Metric, TaskSpec, Tower
from banian.spec.node import Node

Form = Literal["number", "text", "list"]
"""What labels are, as they come from the tables."""
Objective = Literal["binary", "multiclass", "poisson", "quantile", "regression", "regression_l1"]
"""What boosted trees minimise, by LightGBM's names."""
ProbeMetric = Literal["auc", "mae", "deviance", "recall"]
"""What a quick model is judged by."""


@final
@dataclass(frozen=True, eq=False)
class Judged:
    """A task and what its test rows said of it, for those who put that into words."""

    task: TaskSpec
    score: Mapping[str, Any]
    """Its score, as the card holds it."""
    rows: pa.Table
    """Its predictions of the test rows, and what came true."""
    unit: str
    """The columns that the label is counted in."""
    tenth: TopTenth | None
    """What the rows with the highest predictions hold; None where that says nothing."""


class AbstractKind(ABC):
    """What sets one kind of task apart, from its labels to the words about its score.

    A kind holds nothing: what is known of a task comes as its `TowerState`. Which metrics and towers go with a kind is
    declared in `banian.spec.kind`, since a spec that names others is refused before there is any data.
    """

    labels: ClassVar[LabelFacts]
    """What layers below must know of its labels; its name is among it."""
    forms: ClassVar[tuple[Form, ...]] = ("number",)
    """What its labels may be made of."""
    not_of_numbers: ClassVar[tuple[str, str]] = (
        "a label of this kind cannot be a number",
        "Leave AS out.",
    )
    """Where it does not take numbers: what is said of them, and what to write."""
    of_list: ClassVar[Literal["exists", "count_distinct"] | None] = None
    """The aggregate that makes a label of this kind of what was asked as a list."""
    adds_up: ClassVar[bool] = False
    """Whether labels add up over rows."""
    has_top_tenth: ClassVar[bool] = False
    """Whether it says something that labels are high where predictions are highest."""
    learns_from_trees: ClassVar[bool] = False
    """Whether boosted trees may teach the network; where it learned worse for that, they do not (docs/log.md)."""
    probe_metric: ClassVar[ProbeMetric] = "mae"
    """What a quick model is judged by that tries whether a task can be learned."""
    mean_name: ClassVar[str] = "mean of the labels"
    """What the mean of the labels is called."""

    @property
    def name(self) -> Kind:
        """Give the name that specs and bundles know it by."""
        return self.labels.kind

    @property
    def default_metric(self) -> Metric:
        """Name the metric that judges it where a task names none."""
        return METRICS[self.name][0]

    @property
    def is_probability(self) -> bool:
        """Whether labels are always yes or no, and predictions how probable a yes is."""
        return self.labels.is_truth is True

    def takes(self, known: Float[np.ndarray, " known"]) -> bool:
        """Say whether numbers, none of them NaN, can be its labels."""
        del known
        return True

    def instead_of_numbers(
        self, tree: Node, known: Float[np.ndarray, " known"], inferred: Kind
    ) -> str:
        """Say what to write where it does not take the numbers that `tree` gives; they look like `inferred`."""
        del tree, known
        return write_as(inferred, self.name) or "Correct the label."

    def instead_of_texts(self, tree: Node, names: Sequence[str], inferred: Kind) -> str:
        """Say what to write where it does not take the texts that `tree` gives; `names` are they, the rarest first."""
        del tree
        shown = next((name for name in names if not _is_number(name)), names[0])
        other = write_as(inferred, self.name)
        return f"{other} If it should be a number, mend the column: {shown!r} is none."

    def grades(self, label: Float[np.ndarray, " row"]) -> tuple[float, ...]:
        """List the values that labels can have, by those that train, ascending; nothing where there may be others."""
        del label
        return ()

    def least(self, label: Float[np.ndarray, " row"]) -> float | None:
        """Give what no label lies below, by those that train; None where they do not say it."""
        del label
        return None

    def tower_for(self, choices: int) -> Tower | None:
        """Name the tower that learns so many classes or items; None where it is the kind's first."""
        del choices
        return None

    def outputs(self, tower: TowerState) -> int:
        """Say how many numbers a prediction consists of."""
        del tower
        return 1

    @abstractmethod
    def tree_objective(self, metric: Metric) -> Objective | None:
        """Name what boosted trees minimise, the loss that the metric rewards; None where they cannot learn it."""

    @abstractmethod
    def fit_calibration(
        self,
        tower: TowerState,
        values: Float[np.ndarray, "row output"],
        label: Float[np.ndarray, " row"],
        level: Float[np.ndarray, " row"],
        cluster: Shaped[np.ndarray, " row"],
        weight: Float[np.ndarray, " row"] | None = None,
    ) -> AbstractCalibration:
        """Fit on rows whose labels neither training nor selection has seen; there may be none.

        Args:
            tower: what is known of the task.
            values: what serves the task: the outputs of one model, or the mean of several.
            label: what came true.
            level: the trailing level of each row's entity.
            cluster: the entity of each row.
            weight: how much rows count, alike where there is none.

        """

    @abstractmethod
    def plain_calibration(self, tower: TowerState) -> AbstractCalibration:
        """Take outputs for what they say: those of a constant predictor, or of a model in training."""

    def name_choices(
        self, tower: TowerState, weights: Float[np.ndarray, "row choice"]
    ) -> pa.Array | None:
        """List the best classes, items or treatments of each row by name, a `CHOICES` per row; None without any."""
        del tower, weights
        return None

    @abstractmethod
    def read_outcome(
        self,
        tower: TowerState,
        calibration: AbstractCalibration,
        answer: Answer,
        label: Float[np.ndarray, " row"],
        codes: Int[np.ndarray, "row slot"] | None,
    ) -> Outcome:
        """Lay answers beside labels; `codes` are what else labels hold: items, -1 behind the last, or a trial's arm."""

    def believe(
        self,
        tower: TowerState,
        answer: Answer,
        label: Float[np.ndarray, " row"],
        bounds: Bounds,
    ) -> tuple[Answer, Float[np.ndarray, " row"]]:
        """Bring numbers, as answers and as labels, into what is believed of labels."""
        del tower, bounds
        return answer, label

    @final
    def read_believed(
        self,
        tower: TowerState,
        calibration: AbstractCalibration,
        answer: Answer,
        label: Float[np.ndarray, " row"],
        codes: Int[np.ndarray, "row slot"] | None,
        bounds: Bounds,
    ) -> Outcome:
        """Do the same as `read_outcome` for those who choose, within what is believed of labels.

        Beyond, one mistyped label, or the answer to a mistyped past, would choose alone. Reports read what is true.
        """
        answer, label = self.believe(tower, answer, label, bounds)
        return self.read_outcome(tower, calibration, answer, label, codes)

    def likelihood(
        self, label: Float[np.ndarray, " row"], answer: Answer
    ) -> Float[np.ndarray, " row"]:
        """Say how probable what came true was said to be; NaN where no such thing is said or no label is known."""
        del answer
        return np.full(len(label), np.nan)

    @abstractmethod
    def explain(self, judged: Judged) -> Iterator[str]:
        """Say in sentences what its score means; an older card may lack what they need."""

    def confidence(
        self, rows: pa.Table
    ) -> tuple[Float[np.ndarray, " row"], Float[np.ndarray, " row"]] | None:
        """Read from judged rows what came true, 0 or 1, and how probable that was said to be; None without such."""
        del rows
        return None

    def print_mean(self, mean: float, unit: str) -> str:
        """Write the mean of the labels that train; `unit` names the columns that they are counted in, if any."""
        return f"{number(mean)} in training" + (f" ({unit})" if unit else "")


def write_as(inferred: Kind, said: Kind) -> str:
    """Say to write another kind, where another one was inferred.

    >>> write_as("amount", "count"), write_as("count", "count")
    ('Write AS amount, or leave AS out.', '')
    """
    return "" if inferred == said else f"Write AS {inferred}, or leave AS out."


def _is_number(text: str) -> bool:
    try:
        return bool(np.isfinite(float(text)))
    except ValueError:
        return False
