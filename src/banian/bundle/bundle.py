"""A fitted model with everything that it takes to answer from raw tables."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, final

import numpy as np
from jaxtyping import Float64

from banian.errors import SpecError, nearest
from banian.evaluation import TaskImportance
from banian.examples import GrainExamples
from banian.models import AbstractNetwork, Grain
from banian.predictions import AbstractCalibration, average_values
from banian.schema import ColumnType, TableProfile
from banian.spec import Predictor, ShopSpec
from banian.trees import Trees


@final
@dataclass(frozen=True, repr=False)
class Bundle:
    """What `fit` leaves behind and `predict` needs."""

    spec: ShopSpec
    """The spec that was fitted."""
    types: Mapping[str, Mapping[str, ColumnType]]
    """Table → column → type: new data are read as the training data were."""
    joint: AbstractNetwork
    """The network of all tasks."""
    calibrations: Mapping[str, AbstractCalibration]
    """Task → its calibration."""
    card: Mapping[str, Any]
    """For people: span of the data, labels, scores with intervals, versions."""
    predictors: Mapping[str, tuple[Predictor, ...]] = field(default_factory=dict)
    """Task → its predictors, averaged where there are several; a task that is not named has the joint network."""
    twins: Mapping[str, AbstractNetwork] = field(default_factory=dict)
    """Task → its single-task twin, where that answers."""
    trees: Mapping[str, Trees] = field(default_factory=dict)
    """Task → its boosted trees, where they answer."""
    profiles: Mapping[str, TableProfile] = field(default_factory=dict)
    """Table → what its columns looked like; empty in bundles of a Banian that did not keep it."""

    def __repr__(self) -> str:
        return f"Bundle(shop={self.spec.shop!r}, tasks={list(self.spec.tasks)})"

    @property
    def grains(self) -> Mapping[str, Grain]:
        """Grain → its entities and tasks."""
        return self.joint.grains

    def importance(self, task: str) -> TaskImportance | None:
        """Give the raw columns that a task leans on; None where its metric was undefined, or an older Banian fitted it.

        Raises:
            SpecError: there is no such task.

        """
        if task not in self.spec.tasks:
            raise SpecError(
                f"The bundle has no task {task!r}.", remedy=nearest(task, self.spec.tasks)
            )
        found = self.card.get("importance", {}).get(task)
        return None if found is None else TaskImportance.from_dict(found)

    def constant(self, task: str) -> Float64[np.ndarray, " output"]:
        """Give the outputs, the same for all rows, that fit the training labels best."""
        return self.joint.members[0].tower(task).constant.double().cpu().numpy()

    def predict(
        self, rows: GrainExamples, tasks: tuple[str, ...]
    ) -> dict[str, Float64[np.ndarray, "row output"]]:
        """Answer tasks of a grain for all its rows in the units of their labels, before calibration."""
        asked = {task: self.predictors.get(task, ("joint",)) for task in tasks}
        joint = tuple(task for task, predictors in asked.items() if "joint" in predictors)
        said = self.joint.predict(rows, joint)
        answers = {}
        for task, predictors in asked.items():
            values = []
            for predictor in predictors:
                match predictor:
                    case "joint":
                        values.append(said[task])
                    case "twin":
                        values.append(self.twins[task].predict(rows, (task,))[task])
                    case "trees":
                        values.append(self.trees[task].predict(rows))
            answers[task] = average_values(values)
        return answers
