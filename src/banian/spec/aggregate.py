"""One aggregate as a mapping of its parts: the form for programs, and for those who like keys."""

from typing import Annotated, final

from pydantic import AfterValidator, FiniteFloat, PositiveInt, model_validator

from banian.spec.base import AbstractSpec
from banian.spec.expression import Expression, parse_expression
from banian.spec.node import Aggregate, Column, Compare, Function, Greatest, Node
from banian.spec.window import Offset, Window, format_offset, parse_offset


def _spell_length(text: str) -> str:
    offset = parse_offset(text)
    if offset.shortest <= Offset().length:
        raise ValueError(f"{text!r} is not a length of time. Write one like 12h, 7d, 4w or 3mo.")
    return format_offset(offset)


Length = Annotated[str, AfterValidator(_spell_length)]


@final
class AggregateSpec(AbstractSpec):
    """An aggregate over the events of a window, which lies after the cutoff in a label, before it in a condition."""

    aggregate: Function
    of: str
    """An event table, or `table.column`."""
    where: Expression | None = None
    """Which events count."""
    within: Length
    """Distance from the cutoff to the window's far end."""
    gap: Length | None = None
    """Distance from the cutoff to the window's near end; it touches the cutoff if left out."""
    same: tuple[str, ...] = ()
    """At row grain: columns in which an event must equal the asking row."""
    top: PositiveInt | None = None
    """Of `list_distinct`: how many items will be ranked."""
    new: bool = False
    """Of `list_distinct`: whether what the entity had before is left out, in labels and in what is ranked."""
    at_least: FiniteFloat | None = None
    """Smaller results are raised to this."""
    compare: str | None = None
    """Turns a number into yes or no, like `> 0`."""

    def to_label(self) -> Node:
        """Give the tree of the label: the window lies after the cutoff."""
        return self._wrap(self._aggregate(self._window))

    def to_history(self) -> Node:
        """Give the tree of the condition: the window lies before the cutoff."""
        return self._wrap(self._aggregate(self._window.mirrored))

    @property
    def _window(self) -> Window:
        start = Offset() if self.gap is None else parse_offset(self.gap)
        return Window(start, parse_offset(self.within))

    def _aggregate(self, window: Window) -> Aggregate:
        table, _, column = self.of.partition(".")
        where = None if self.where is None else parse_expression(self.where)
        return Aggregate(
            self.aggregate, table, column or None, window, where, self.same, self.top, self.new
        )

    def _wrap(self, node: Node) -> Node:
        if self.at_least is not None:
            written = repr(self.at_least).removesuffix(".0")
            node = Greatest((node, parse_expression(written)))
        if self.compare is not None:
            compared = _read_comparison(self.compare)
            node = Compare(compared.sign, node, compared.right)
        return node

    @model_validator(mode="after")
    def _fits_together(self) -> "AggregateSpec":
        table, _, column = self.of.partition(".")
        needs_column = self.aggregate not in ("exists", "count")
        if needs_column and not column:
            raise ValueError(f"{self.aggregate} needs a column: write of: {self.of}.COLUMN")
        if not needs_column and column:
            raise ValueError(f"{self.aggregate} counts rows: write of: {table}")
        if self.aggregate != "list_distinct" and (self.new or self.top is not None):
            raise ValueError(
                f"{self.aggregate} gives no list: new and top are for aggregate: list_distinct"
            )
        if self.aggregate == "exists" and (self.compare or self.at_least is not None):
            raise ValueError("exists is already yes or no: leave out compare and at_least")
        if self.compare is not None:
            _read_comparison(self.compare)
        self.to_label()
        return self


def _read_comparison(text: str) -> Compare:
    try:
        node = parse_expression(f"x {text}")
    except ValueError:
        node = None
    if not isinstance(node, Compare) or not isinstance(node.left, Column):
        raise ValueError(f"{text!r} is not a comparison. Write one like '> 0' or '<= 2.5'.")
    return node
