"""What a window of events is asked for: an aggregate, a filter, a comparison."""

from typing import Annotated, Literal, final

from pydantic import AfterValidator, FiniteFloat, model_validator

from banian.spec.base import AbstractSpec
from banian.spec.comparison import spell_comparison
from banian.spec.duration import Duration
from banian.spec.expression import Expression

Aggregation = Literal["exists", "count", "count_distinct", "sum", "avg", "min", "max"]


@final
class AggregateSpec(AbstractSpec):
    """An aggregate over the events of a window.

    As a label the window is (cutoff, cutoff + within]; as a condition on history, (cutoff - within, cutoff]. In an
    empty window `exists` is false, `count`, `count_distinct` and `sum` are 0, the others are absent.
    """

    aggregate: Aggregation
    of: str
    """An event table, or `table.column`."""
    where: Expression | None = None
    """Which events count."""
    within: Duration
    """Length of the window."""
    same: tuple[str, ...] = ()
    """At row grain: columns in which an event must equal the asking row."""
    at_least: FiniteFloat | None = None
    """Smaller results are raised to this."""
    compare: Annotated[str, AfterValidator(spell_comparison)] | None = None
    """Turns a number into yes or no, like `> 0`."""

    @property
    def table(self) -> str:
        """Name of the event table."""
        return self.of.partition(".")[0]

    @property
    def column(self) -> str | None:
        """Name of the aggregated column, where there is one."""
        return self.of.partition(".")[2] or None

    @property
    def is_condition(self) -> bool:
        """Whether the result is yes or no."""
        return self.aggregate == "exists" or self.compare is not None

    @model_validator(mode="after")
    def _fits_together(self) -> "AggregateSpec":
        needs_column = self.aggregate not in ("exists", "count")
        if needs_column and self.column is None:
            raise ValueError(f"{self.aggregate} needs a column: write of: {self.of}.COLUMN")
        if not needs_column and self.column is not None:
            raise ValueError(f"{self.aggregate} counts rows: write of: {self.table}")
        if self.aggregate == "exists" and (self.compare or self.at_least is not None):
            raise ValueError("exists is already yes or no: leave out compare and at_least")
        return self
