"""Events that are dated by the day, seen by rows that ask at an hour of it."""

from collections.abc import Mapping

from banian.features import Origin
from banian.leakage.suspicion import Suspicion
from banian.spec import RowTaskSpec, ShopSpec
from banian.tables import TableReport


def find_dates_only(spec: ShopSpec, reports: Mapping[str, TableReport]) -> tuple[Suspicion, ...]:
    """Find tables of events at midnight whose rows others see on the same day, perhaps before they happened.

    `reports` maps each table to what was read of it. Rows of a row task see the events that link to the same entities.
    Tables whose time is trusted are passed over; each table is warned of once, none is refused.
    """
    seen_by: dict[str, str] = {}
    for task in spec.tasks.values():
        if not isinstance(task, RowTaskSpec) or spec.source(task.rows).time is None:
            continue
        if reports[task.rows].dates_only:
            continue
        for entity in spec.source(task.rows).links.values():
            for events in spec.links_to(entity):
                source = spec.source(events)
                if reports[events].dates_only and source.time not in source.trust:
                    seen_by.setdefault(events, task.rows)
    return tuple(_describe(spec, events, rows) for events, rows in sorted(seen_by.items()))


def _describe(spec: ShopSpec, events: str, rows: str) -> Suspicion:
    time = spec.source(events).time
    return Suspicion(
        origin=Origin(events, time),
        task=None,
        entity=None,
        feature=None,
        score=None,
        is_leak=False,
        problem=f"tables.{events}.{time} holds days without hours, and {rows} have hours: "
        f"the {events} of a day may be seen by {rows} of the same day before they happened.",
        remedy=f"Give {events} a time with hours, or one at the end of the day; for single columns write "
        f"tables.{events}: known_at: {{COLUMN: 1d}}; or trust: [{time}].",
    )
