"""A profile of a shop's tables: who links to whom, which columns are free, what they hold, how long events wait."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import final

import ibis.expr.types as ir

from banian.proposal.column_facts import ColumnFacts, collect_facts
from banian.proposal.column_names import looks_like_event_type, looks_like_outcome
from banian.proposal.horizon import moments_of, typical_gap
from banian.spec import ShopSpec
from banian.spec.node import Column, Compare, Constant, Node
from banian.tables import Database, Table, apply_node, read_columns

_REVERSED = (0.002, 0.3)
"""Share of negative values that are taken for things sent back or cancelled."""
_COMMON = 0.001


@final
class ShopProfile:
    """What the proposers of all families of tasks read; `database` holds the tables and their spec.

    The columns are counted at once; gaps are measured when first asked for, and kept.
    """

    def __init__(self, database: Database) -> None:
        self.database = database
        self.spec: ShopSpec = database.spec
        self._gaps: dict[tuple[str, str], timedelta | None] = {}
        self.facts: Mapping[str, Mapping[str, ColumnFacts]] = {
            name: collect_facts(table) for name, table in database.tables.items()
        }

    def table(self, name: str) -> Table:
        """Give a table that comes from a file."""
        return self.database.tables[name]

    def timed(self) -> list[str]:
        """Name the tables of events."""
        return [name for name, table in self.database.tables.items() if table.spec.time is not None]

    def span(self, events: str) -> tuple[datetime, datetime]:
        """Give the times of the first and the last event."""
        report = self.table(events).report
        return datetime.fromisoformat(str(report.first)), datetime.fromisoformat(str(report.last))

    def length(self, events: str) -> timedelta:
        """Say how long the events of a table go on."""
        first, last = self.span(events)
        return last - first

    def free(self, table: str) -> dict[str, ColumnFacts]:
        """Give the columns that are neither key, time, scene nor link, nor say when others are known."""
        spec = self.table(table).spec
        taken = {spec.key, spec.time, spec.scene, *spec.links, *spec.known_at.values()}
        return {name: facts for name, facts in self.facts[table].items() if name not in taken}

    def numbers(self, table: str) -> dict[str, ColumnFacts]:
        """Give the free columns with which one can compute."""
        return {name: facts for name, facts in self.free(table).items() if facts.is_number}

    def reversal(self, events: str) -> str | None:
        """Name the number that is negative where something is sent back or cancelled, if there is one."""
        derived = self.spec.source(events).derive
        found = {
            name: facts.below_zero
            for name, facts in self.numbers(events).items()
            if _REVERSED[0] <= facts.below_zero / max(facts.known, 1) <= _REVERSED[1]
        }
        own = {name: n for name, n in found.items() if name not in derived} or found
        whole = {name: n for name, n in own.items() if self.facts[events][name].kind == "whole"}
        return max(whole or own, key=lambda name: (whole or own)[name], default=None)

    def purchases(self, events: str) -> Node | None:
        """Say which events are none that are sent back or cancelled; nothing where all are so."""
        column = self.reversal(events)
        return None if column is None else Compare(">", Column(column), Constant(0))

    def counts(self, events: str, only: Node | None) -> ir.BooleanValue | None:
        """Turn a condition on events into an expression of the engine."""
        if only is None:
            return None
        found = apply_node(only, read_columns(self.table(events).rows), where=f"tables.{events}")
        assert isinstance(found, ir.BooleanValue)
        return found

    def moments(self, events: str, link: str) -> ir.Table:
        """Give key and second of every event that was not sent back."""
        counts = self.counts(events, self.purchases(events))
        return moments_of(self.table(events), link, counts)

    def gap(self, events: str, link: str) -> timedelta | None:
        """Say how long the entities of a link typically wait; nothing if hardly any comes twice."""
        if (events, link) not in self._gaps:
            self._gaps[events, link] = typical_gap(self.moments(events, link))
        return self._gaps[events, link]

    def kinds_of_events(self, events: str) -> list[tuple[str, str | bool, str]]:
        """List the kinds of events that share a table, the rarest first: column, value, how it is called."""
        found: list[tuple[str, str | bool, str, int]] = []
        for name, facts in self.free(events).items():
            if facts.values and looks_like_event_type(name):
                common = {v: n for v, n in facts.values.items() if n >= _COMMON * facts.rows}
                found += [(name, value, value, n) for value, n in common.items()]
            is_flag = facts.kind == "boolean" and facts.distinct == 2
            declared = name in self.spec.source(events).known_at or looks_like_outcome(name)
            if is_flag and declared:
                found.append((name, True, name, facts.known // 2))
        return [(c, v, said) for c, v, said, _ in sorted(found, key=lambda one: one[3])]
