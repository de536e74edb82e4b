"""What the columns of a table hold, for people."""

from dataclasses import asdict, dataclass
from typing import Any, final

import ibis
import ibis.expr.types as ir

from banian.features.columns import semantic_type
from banian.proposal import ColumnFacts, collect_facts
from banian.tables import Table

_MOST_VALUES = 3
_REPEATED = 0.5
"""Share of different values above which a text is taken for a name, of which none is frequent."""


@final
@dataclass(frozen=True)
class ColumnReport:
    """One column of a table."""

    name: str
    """Its name."""
    kind: str
    """text, whole, decimal, boolean, time or other."""
    means: str
    """Its semantic type; nothing where no feature is made of it."""
    role: str
    """key, time, scene, the entity that it links to, when it is known; empty where it has no role."""
    known: float
    """Share of the rows in which it is known."""
    distinct: int
    """Number of different values."""
    least: str | None
    """The smallest value of numbers and times, as text; None for other kinds."""
    most: str | None
    """The largest value, as text; None for other kinds."""
    values: dict[str, int]
    """The most frequent values of a text that has such, and their rows."""

    def to_dict(self) -> dict[str, Any]:
        """Give the fields as plain values."""
        return asdict(self)


def report_columns(table: Table) -> list[ColumnReport]:
    """Look at every column of a table, in its order of names."""
    facts = collect_facts(table)
    spans = _spans(table)
    return [
        ColumnReport(
            name=name,
            kind=one.kind,
            means=_means(table, name),
            role=_role(table, name),
            known=one.known / max(one.rows, 1),
            distinct=one.distinct,
            least=spans.get(name, (_short(one.least), None))[0],
            most=spans.get(name, (None, _short(one.most)))[1],
            values=_frequent(table, name, one),
        )
        for name, one in facts.items()
    ]


def _means(table: Table, column: str) -> str:
    kind = table.types[column]
    if kind.kind == "other":
        return kind.semantic or ""
    return semantic_type(table.spec, table.types, column)


def _role(table: Table, column: str) -> str:
    spec = table.spec
    roles = {spec.scene: "scene", spec.time: "time", spec.key: "key"}
    said = [roles[column]] if column in roles else []
    said += [f"→ {spec.links[column]}"] if column in spec.links else []
    said += [f"known at {spec.known_at[column]}"] if column in spec.known_at else []
    return ", ".join(said)


def _spans(table: Table) -> dict[str, tuple[str | None, str | None]]:
    times = [name for name, kind in table.types.items() if kind.kind == "time"]
    if not times:
        return {}
    ends: dict[str, ir.Scalar] = {}
    for at, name in enumerate(times):
        ends |= {f"{at} least": table.rows[name].min(), f"{at} most": table.rows[name].max()}
    found = table.rows.aggregate(**ends).to_pyarrow().to_pylist()[0]
    texts = {end: None if at is None else at.isoformat(sep=" ") for end, at in found.items()}
    return {name: (texts[f"{at} least"], texts[f"{at} most"]) for at, name in enumerate(times)}


def _frequent(table: Table, name: str, facts: ColumnFacts) -> dict[str, int]:
    if facts.kind not in ("text", "boolean") or facts.distinct > _REPEATED * facts.known:
        return {}
    shown = table.rows.select(text=table.rows[name].cast("string"))
    counted = shown.filter(shown.text.notnull()).group_by("text").aggregate(n=ibis._.count())
    listed = counted.order_by(ibis.desc("n"), "text").limit(_MOST_VALUES).to_pyarrow().to_pylist()
    return {row["text"]: row["n"] for row in listed}


def _short(number: float | None) -> str | None:
    return None if number is None else f"{number:,.15g}"
