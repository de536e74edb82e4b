"""Measures: numbers of which a sum says nothing, such as a weight or a mean price."""

from dataclasses import dataclass
from typing import ClassVar, final

from typing_extensions import override

from banian.examples import LabelFacts
from banian.kinds.base import Objective
from banian.kinds.numbers import AbstractNumber, number_objective
from banian.spec import Metric


@final
@dataclass(frozen=True)
class Regression(AbstractNumber):
    """A number that does not add up."""

    labels: ClassVar[LabelFacts] = LabelFacts("regression")
    has_top_tenth: ClassVar[bool] = True

    @override
    def tree_objective(self, metric: Metric) -> Objective | None:
        return number_objective(metric)
