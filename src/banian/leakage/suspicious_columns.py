"""Columns that predict a label too well to have been known when a row asked.

Each feature was scored alone against each task; here the scores of all features made from one raw column are judged
together, beside those of the other columns. What is found, and from which score on, stands in docs/leaks.md.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from banian.errors import SpecError, nearest
from banian.examples import Examples
from banian.features import Origin, features_told
from banian.leakage.feature_score import FeatureScore
from banian.leakage.single_features import FeatureScores
from banian.leakage.suspicion import Suspicion
from banian.leakage.target import Measure
from banian.schema import ColumnType
from banian.spec import ShopSpec, SourceTableSpec

_LEAK: Mapping[Measure, float] = {"auc": 0.999, "rank correlation": 0.9999}
"""From this score on a column gives the label away."""
_SURELY = 0.98
"""At least, for that, the lower end of its interval."""
_SUSPECT: Mapping[Measure, float] = {"auc": 0.95, "rank correlation": 0.98}
"""From this lower end on it almost does."""
_ALONE, _AHEAD = 0.85, 0.15
"""Lower end, and distance to the next column, from which on a column stands alone."""
_PURE = 0.2
"""Share of the rarer class that a column must single out."""

_Types = Mapping[str, Mapping[str, ColumnType]]


class _Scored(NamedTuple):
    """The score of one feature of an entity."""

    score: FeatureScore
    entity: str
    feature: str


class _Suspected(NamedTuple):
    """A suspicion, and whether it is about an attribute of the entity's own row, not a history."""

    suspicion: Suspicion
    is_own: bool


def find_suspicious_columns(
    spec: ShopSpec, types: _Types, examples: Examples, scores: FeatureScores
) -> tuple[Suspicion, ...]:
    """Find the columns that look as if they came from the future, leaks first; trusted ones are passed over.

    `types` maps each table to its columns, `scores` are those of every feature of the `examples` alone.

    Raises:
        SpecError: `trust` names a column that does not exist.

    """
    _check_trust(spec, types)
    found = [
        suspicion
        for grain, entities in scores.items()
        for task in examples.grains[grain].tasks
        for suspicion in _once_per_time(spec, list(_of_task(spec, types, task, entities)))
    ]
    return tuple(sorted(found, key=lambda one: not one.is_leak))


def _check_trust(spec: ShopSpec, types: _Types) -> None:
    for name, table in spec.tables.items():
        for column in table.trust if isinstance(table, SourceTableSpec) else ():
            if column not in types[name]:
                raise SpecError(
                    f"tables.{name}.trust: {name!r} has no column {column!r}.",
                    remedy=nearest(column, types[name]),
                )


def _once_per_time(spec: ShopSpec, found: list[_Suspected]) -> Iterator[Suspicion]:
    """Where already the times of a table's rows tell as much, leave out what else was made from those rows."""
    times = {
        one.origin.table: one
        for one, is_own in found
        if one.origin.column == spec.source(one.origin.table).time and not is_own
    }
    for one, is_own in found:
        time = times.get(one.origin.table, one)
        if one is time or is_own or (one.is_leak and not time.is_leak):
            yield one


def _of_task(
    spec: ShopSpec,
    types: _Types,
    task: str,
    entities: Mapping[str, Mapping[str, Mapping[str, FeatureScore]]],
) -> Iterator[_Suspected]:
    """Judge each column by the best of its features."""
    told = features_told(spec, types, spec.tasks[task])
    best: dict[Origin, _Scored] = {}
    purest: dict[Origin, _Scored] = {}
    for entity, features in entities.items():
        for feature, by_task in features.items():
            if task not in by_task:
                continue
            origin = told[entity][feature].origin
            one = _Scored(by_task[task], entity, feature)
            best[origin] = max(best.get(origin, one), one, key=lambda any: any.score.interval[0])
            purest[origin] = max(purest.get(origin, one), one, key=lambda any: any.score.pure)
    ranked = sorted(best.items(), key=lambda one: one[1].score.value, reverse=True)
    for origin, (score, entity, feature) in best.items():
        if origin.column in spec.source(origin.table).trust:
            continue
        others = _best_beside(origin, entity, ranked)
        is_leak = score.value >= _LEAK[score.measure] and score.interval[0] >= _SURELY
        stands_out = (
            score.measure == "auc" and others is not None and score.value - others >= _AHEAD
        )
        if is_leak or score.interval[0] >= _SUSPECT[score.measure]:
            said = "alone predicts it almost perfectly"
        elif stands_out and score.interval[0] >= _ALONE:
            said = (
                f"alone predicts it far better than any other column (the next one: {others:.3f})"
            )
        elif purest[origin].score.pure >= _PURE:
            score, entity, feature = purest[origin]
            said = f"alone singles out {score.pure:.0%} of its rarer answer, with hardly anything else among them"
        else:
            continue
        suspicion = Suspicion(
            origin=origin,
            task=task,
            entity=entity,
            feature=feature,
            score=score,
            is_leak=is_leak,
            problem=f"{origin.path} {said}: tasks.{task}, {_measured(score)}, by the {score.way} of "
            f"{_told(origin, entity, feature)}.",
            remedy=_remedy(spec, origin),
        )
        yield _Suspected(suspicion, told[entity][feature].entity == origin.table)


def _best_beside(
    origin: Origin, entity: str, ranked: Sequence[tuple[Origin, _Scored]]
) -> float | None:
    """Give the score of the best other column, none of those that give the label away or nearly so.

    `entity` has the best feature of the column; `ranked` are all columns, the best first.

    Of attributes that tell much each, none hides another: a leak often stands in several columns. Columns of one
    history do, since the number of events tells through all of them.
    """
    for other, (score, of, _) in ranked:
        both_own = entity == origin.table and of == other.table
        is_one_too = score.interval[0] >= (_ALONE if both_own else _SUSPECT[score.measure])
        if other != origin and not is_one_too:
            return score.value
    return None


def _measured(score: FeatureScore) -> str:
    lower, upper = score.interval
    name = "AUC" if score.measure == "auc" else score.measure
    return f"{name} {score.value:.4g} ({lower:.4g} to {upper:.4g})"


def _told(origin: Origin, entity: str, feature: str) -> str:
    return feature if entity == origin.table else f"{feature} ({entity})"


def _remedy(spec: ShopSpec, origin: Origin) -> str:
    table, column = origin.table, origin.column
    source = spec.source(table)
    trust = f"or, if it truly is known when a row asks, tables.{table}: trust: [{column}]"
    if column is None or column == source.time:
        return (
            f"Are the times of {table} when its rows were really known, to the hour, not rounded down or shifted? "
            f"Correct them (time, time_format), leave the table out, {trust}."
        )
    if column in (source.key, source.scene, *source.links):
        return f"Give {column} names that say nothing about what happened later, {trust}."
    if source.time is None:
        return (
            f"If it becomes known later, it is not for a table without time: leave it out, tables.{table}: "
            f"ignore: [{column}]; {trust}."
        )
    return (
        f"If it becomes known later, write tables.{table}: known_at: {{{column}: TIME_COLUMN or 7d}}; "
        f"to leave it out, ignore: [{column}]; {trust}."
    )
