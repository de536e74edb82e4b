"""One thing predicted: for whom, what, and when it is known."""

from collections.abc import Callable
from datetime import timedelta
from typing import Annotated, Any, final

from pydantic import BeforeValidator, Discriminator, Field, Tag, model_validator
from typing_extensions import override

from banian.spec.base import AbstractSpec
from banian.spec.duration import Duration
from banian.spec.kind import TREATED, Kind, Metric, Tower, check_choices, check_form, check_treated
from banian.spec.label import History, Label, check_history, check_label, parse_label, show
from banian.spec.node import Greatest, Node, figure_of, is_condition, windowed_of
from banian.spec.parse_error import ParseError


def _as_text(value: Any) -> Any:  # noqa: ANN401
    if isinstance(value, bool):
        return str(value).lower()
    return str(value) if isinstance(value, int) else value


class AbstractTaskSpec(AbstractSpec):
    """What tasks of every grain have in common."""

    label: Label
    """What is predicted: a column of the row, or what happens in a window after the cutoff."""
    where: History | None = None
    """Who is asked about."""
    given: str | None = None
    """A binary task at the same grain: only where it came true there is a label."""
    weight: str | None = None
    """Column of numbers, known with the row or the entity, that says how much each counts; all alike if left out."""
    kind: Kind | None = None
    """Inferred if left out."""
    quantile: Annotated[float, Field(gt=0, lt=1)] | None = None
    """Of kind quantile: the share of labels that are to lie below what is predicted."""
    metric: Metric | None = None
    """The kind's first if left out. A number judged by mae is reported as a median, else as a mean."""
    tower: Tower | None = None
    """What learns it; the kind's first if left out."""

    @property
    def tree(self) -> Node:
        """The label as a tree."""
        return parse_label(self.label)

    @property
    def condition(self) -> Node | None:
        """Who is asked about, as a tree."""
        return None if self.where is None else parse_label(self.where)

    @property
    def is_windowed(self) -> bool:
        """Whether the label looks into a window, rather than at the row alone."""
        return bool(windowed_of(self.tree))

    @property
    def horizon(self) -> timedelta:
        """How far the label looks ahead, months at their longest; nothing where it looks into no window."""
        ends = (part.window.end.longest for part in windowed_of(self.tree))
        return max(ends, default=timedelta(0))

    @property
    def floor(self) -> float | None:
        """The least value that the label can have, where its expression says so."""
        if not isinstance(self.tree, Greatest):
            return None
        figures = (figure_of(part) for part in self.tree.parts)
        return max((figure for figure in figures if figure is not None), default=None)

    def _check(self, *, of_rows: bool) -> None:
        _check_text("label", self.label, lambda node: check_label(node, of_rows=of_rows))
        if self.where is not None:
            _check_text("where", self.where, lambda node: check_history(node, of_rows=of_rows))
        kind = self._said_kind
        check_form(kind, is_condition=is_condition(self.tree), quantile=self.quantile)
        if kind is not None:
            check_choices(kind, self.metric, self.tower)

    @property
    def _said_kind(self) -> Kind | None:
        return self.kind


@final
class RowTaskSpec(AbstractTaskSpec):
    """A question about each row of a table, asked when the row comes to be."""

    rows: str
    """The table."""
    within: Duration | None = None
    """Time after which a label column is final."""
    scenes: tuple[str, ...] = ()
    """Only rows of these scenes are asked about; of all if left out."""
    treatment: str | None = None
    """Column that says how the row was treated, by chance: then it is asked what each treatment adds to the label."""
    control: Annotated[str, BeforeValidator(_as_text)] | None = None
    """What stands in that column of rows that were left alone."""

    @property
    def grain(self) -> str:
        """Name what is asked about, as reports show it."""
        return f"rows of {self.rows}"

    @property
    def about(self) -> str:
        """Name the table whose rows are asked about."""
        return self.rows

    @model_validator(mode="after")
    def _fits_together(self) -> "RowTaskSpec":
        self._check(of_rows=True)
        if self.within is not None and self.is_windowed:
            raise ValueError("within is for a label column; an aggregate has its own window")
        if (self.treatment is None) != (self.control is None):
            raise ValueError(
                "treatment and control go together, like UPLIFT segment OVER 'nothing'"
            )
        check_treated(self.kind, is_treated=self.treatment is not None)
        return self

    @property
    @override
    def _said_kind(self) -> Kind | None:
        return self.kind if self.treatment is None else TREATED


@final
class EntityTaskSpec(AbstractTaskSpec):
    """A question about each entity, asked at cutoffs."""

    for_each: str
    """The entity table."""

    @property
    def grain(self) -> str:
        """Name what is asked about, as reports show it."""
        return self.for_each

    @property
    def about(self) -> str:
        """Name the entity that is asked about: a table, or one that is derived."""
        return self.for_each

    @model_validator(mode="after")
    def _fits_together(self) -> "EntityTaskSpec":
        self._check(of_rows=False)
        check_treated(self.kind, is_treated=False)
        return self


def _which(value: Any) -> str:  # noqa: ANN401
    keys = value if isinstance(value, dict) else getattr(type(value), "model_fields", ())
    return "rows" if "rows" in keys else "entity"


TaskSpec = Annotated[
    Annotated[RowTaskSpec, Tag("rows")] | Annotated[EntityTaskSpec, Tag("entity")],
    Discriminator(_which),
]


def _check_text(role: str, text: str, check: Callable[[Node], None]) -> None:
    try:
        check(parse_label(text))
    except ParseError as error:
        raise ValueError(f"{role}: {show(text, error)}") from None
