"""One thing predicted: for whom, what, and when it is known."""

from typing import Annotated, Any, Literal, final

from pydantic import Discriminator, Tag, model_validator

from banian.spec.base import AbstractSpec
from banian.spec.duration import Duration
from banian.spec.expression import Expression
from banian.spec.label import AggregateSpec

Kind = Literal["binary", "amount", "count"]
Metric = Literal["auc", "average_precision", "log_loss", "mae", "rmse", "deviance"]

METRICS: dict[Kind, tuple[Metric, ...]] = {
    "binary": ("auc", "average_precision", "log_loss"),
    "amount": ("mae", "rmse"),
    "count": ("deviance", "mae", "rmse"),
}
"""What each kind can be judged by; the first is the default."""


@final
class RowTaskSpec(AbstractSpec):
    """A question about each row of a table, asked when the row comes to be."""

    rows: str
    """The table."""
    label: str | AggregateSpec
    """A column of the row, or what happens in a window after it."""
    within: Duration | None = None
    """Time after which a label column is final."""
    where: Expression | None = None
    """Which rows are asked about."""
    given: str | None = None
    """A binary task at the same grain: only rows where it came true have this label."""
    kind: Kind | None = None
    """Inferred if left out."""
    metric: Metric | None = None
    """The kind's first if left out. An amount judged by mae is reported as a median, else as a mean."""

    @property
    def grain(self) -> str:
        """Name what is asked about, as reports show it."""
        return f"rows of {self.rows}"

    @model_validator(mode="after")
    def _fits_together(self) -> "RowTaskSpec":
        _check_kind(self.kind, self.metric, self.label)
        if isinstance(self.label, AggregateSpec):
            if self.within is not None:
                raise ValueError("within belongs inside the aggregate that is the label")
            if not self.label.same:
                raise ValueError(
                    "the label of a row needs same: the columns in which an event equals the row, "
                    "for example same: [customer_id]"
                )
        return self


@final
class EntityTaskSpec(AbstractSpec):
    """A question about each entity, asked at cutoffs."""

    for_each: str
    """The entity table."""
    label: AggregateSpec
    """What happens in the window after the cutoff."""
    where: AggregateSpec | None = None
    """Which entities are asked about, by their history."""
    given: str | None = None
    """A binary task at the same grain: only entities where it came true have this label."""
    kind: Kind | None = None
    """Inferred if left out."""
    metric: Metric | None = None
    """The kind's first if left out. An amount judged by mae is reported as a median, else as a mean."""

    @property
    def grain(self) -> str:
        """Name what is asked about, as reports show it."""
        return self.for_each

    @model_validator(mode="after")
    def _fits_together(self) -> "EntityTaskSpec":
        _check_kind(self.kind, self.metric, self.label)
        for role, part in (("label", self.label), ("where", self.where)):
            if part is not None and part.same:
                raise ValueError(f"same in {role}: only the label of a row has columns to compare")
        if self.where is not None and not self.where.is_condition:
            raise ValueError(
                "where must be yes or no: use aggregate: exists, or add compare: '> 0'"
            )
        return self


def _which(value: Any) -> str:  # noqa: ANN401
    keys = value if isinstance(value, dict) else getattr(type(value), "model_fields", ())
    return "rows" if "rows" in keys else "entity"


TaskSpec = Annotated[
    Annotated[RowTaskSpec, Tag("rows")] | Annotated[EntityTaskSpec, Tag("entity")],
    Discriminator(_which),
]


def _check_kind(kind: Kind | None, metric: Metric | None, label: str | AggregateSpec) -> None:
    if isinstance(label, AggregateSpec) and label.is_condition and kind not in (None, "binary"):
        raise ValueError(f"a label that is yes or no is binary, not {kind}")
    if kind is not None and metric is not None and metric not in METRICS[kind]:
        raise ValueError(f"{kind} is judged by one of {', '.join(METRICS[kind])}, not {metric}")
