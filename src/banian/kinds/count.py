"""Counts: how many events there will be."""

from dataclasses import dataclass
from typing import ClassVar, Literal, final

import numpy as np
from jaxtyping import Float
from typing_extensions import override

from banian.examples import LabelFacts
from banian.kinds.base import Objective, ProbeMetric, write_as
from banian.kinds.numbers import AbstractNumber
from banian.spec import Kind, Metric
from banian.spec.expression_text import format_expression
from banian.spec.node import Constant, Greatest, Node


@final
@dataclass(frozen=True)
class Count(AbstractNumber):
    """A whole number from 0 on."""

    labels: ClassVar[LabelFacts] = LabelFacts("count")
    of_list: ClassVar[Literal["exists", "count_distinct"] | None] = "count_distinct"
    adds_up: ClassVar[bool] = True
    has_top_tenth: ClassVar[bool] = True
    is_count: ClassVar[bool] = True
    learns_from_trees: ClassVar[bool] = True
    probe_metric: ClassVar[ProbeMetric] = "deviance"

    @override
    def takes(self, known: Float[np.ndarray, " known"]) -> bool:
        return bool((known == np.floor(known)).all() and (known >= 0).all())

    @override
    def instead_of_numbers(
        self, tree: Node, known: Float[np.ndarray, " known"], inferred: Kind
    ) -> str:
        raised = format_expression(Greatest((tree, Constant(0))))
        no_less = f"If less than 0 is to count as 0, ask {raised}." if known.min() < 0 else ""
        other = write_as(inferred, self.name)
        return " ".join(filter(None, (other, no_less))) or "Correct the label."

    @override
    def tree_objective(self, metric: Metric) -> Objective | None:
        return "poisson"
