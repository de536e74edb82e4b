"""Fields that were fitted, held against those that rows bring.

A value that is not there is absent, and is encoded so. A column that is not there is another thing: rows that were
built otherwise than those that were learned from. It is refused, unless rows of that grain never had it.
"""

from collections.abc import Iterable, Mapping

from banian.batches.state import ID, EntityState, FeatureState
from banian.examples import GrainExamples
from banian.features import EntityFeatures
from banian.features.codecs import refuse_lacking


def find_lacking(
    entities: Mapping[str, EntityState], grains: Iterable[GrainExamples]
) -> dict[str, dict[str, tuple[str, ...]]]:
    """Give, by grain and entity, the fitted fields that rows of other grains have and these have not."""
    found = {}
    for rows in grains:
        lacking = {
            entity: missing
            for entity, seen in sorted(rows.entities.items())
            if entity in entities and (missing := missing_fields(entities[entity], seen))
        }
        if lacking:
            found[rows.grain] = lacking
    return found


def check_fields(state: FeatureState, grain: str, entity: str, seen: EntityFeatures) -> None:
    """Refuse what was known of an entity if columns are gone that rows of this grain had.

    Raises:
        TableError: with their names.

    """
    missing = missing_fields(state.entities[entity], seen)
    gone = {*missing} - {*state.lacking.get(grain, {}).get(entity, ())}
    refuse_lacking(grain, sorted(f"{entity}.{name}" for name in gone))


def missing_fields(state: EntityState, seen: EntityFeatures) -> tuple[str, ...]:
    """Name the fitted fields that have no column, those of events by their path."""
    missing = state.columns.difference(seen.columns.column_names)
    if ID in state.categories and seen.ids is None:
        missing |= {ID}
    for path, sequence in state.sequences.items():
        there = seen.sequences[path].column_names if path in seen.sequences else ()
        gone = sequence.events.columns.difference(there)
        if gone or path not in seen.sequences:
            missing |= {f"{name} (of an event)" for name in gone} or {f"the events of {path}"}
    return tuple(sorted(missing))
