"""Amounts: what adds up over rows, such as money spent."""

from dataclasses import dataclass
from typing import ClassVar, final

from typing_extensions import override

from banian.examples import LabelFacts
from banian.kinds.base import Objective
from banian.kinds.numbers import AbstractNumber, number_objective
from banian.spec import Metric


@final
@dataclass(frozen=True)
class Amount(AbstractNumber):
    """A number that adds up; the larger, the more it may be off."""

    labels: ClassVar[LabelFacts] = LabelFacts("amount")
    adds_up: ClassVar[bool] = True
    has_top_tenth: ClassVar[bool] = True

    @override
    def tree_objective(self, metric: Metric) -> Objective | None:
        return number_objective(metric)
