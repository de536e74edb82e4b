"""What the pages must know of a shop to ask about it: its tasks in words, what forms have, what can be varied."""

from collections.abc import Collection, Mapping
from functools import lru_cache
from typing import Any

import pyarrow.compute as pc

from banian.features import Types
from banian.features.ticks import from_tick
from banian.inference import Predictor
from banian.inference.asks import readable_columns
from banian.kinds import build_kind
from banian.recommendation.goal import find_goals
from banian.report.run import Run
from banian.spec import EntityTaskSpec, ShopSpec, SourceTableSpec, question_in_words

_PRICES = ("price", "amount", "cost")


def describe_shop(
    predictor: Predictor, run: Run, allowed: Collection[str] | None
) -> dict[str, Any]:
    """Describe a shop as far as somebody may ask about it.

    Args:
        predictor: the model, and what is known of its entities.
        run: what was stored of its fit.
        allowed: the tasks that he may ask; all where they are left out.

    """
    spec, types = predictor.spec, predictor.bundle.types
    names = [name for name in spec.tasks if allowed is None or name in allowed]
    grains = dict.fromkeys(spec.tasks[name].grain for name in names)
    end = predictor.store.facts.end
    return {
        "shop": spec.shop,
        "store_end": None if end is None else from_tick(end).isoformat(timespec="seconds"),
        "tasks": {name: _task(predictor, run, name) for name in names},
        "grains": [
            _grain(spec, types, grain, [n for n in names if spec.tasks[n].grain == grain])
            for grain in grains
        ],
        "scenes": predictor.bundle.joint.features.scenes.values.drop_null().to_pylist(),
        "recommends": _recommends(predictor, names),
    }


def _recommends(predictor: Predictor, names: Collection[str]) -> dict[str, dict[str, Any]]:
    """Say to whom what can be recommended: of two entities that a table links to, to the one that it names first."""
    spec, found = predictor.spec, dict[str, dict[str, Any]]()
    whom = dict[tuple[str, bool], str]()
    for goal in find_goals(predictor.bundle):
        if set(goal.tasks) <= set(names):
            first = whom.setdefault((goal.table, goal.is_list), goal.whom)
            told = {
                "column": goal.whom_column,
                "items": goal.items or goal.item_column,
                "table": goal.table,
                "has_scene": not goal.is_list and spec.source(goal.table).scene is not None,
            }
            if goal.whom == first:
                found.setdefault(goal.whom, told)
    return found


def _task(predictor: Predictor, run: Run, name: str) -> dict[str, Any]:
    declared, card = predictor.spec.tasks[name], predictor.card
    tower = predictor.bundle.grains[declared.grain].tasks[name]
    kind, base = build_kind(tower.kind), card["labels"][name].get("mean")
    return {
        "words": question_in_words(declared, kind.name),
        "grain": declared.grain,
        "is_probability": kind.is_probability,
        "base": base,
        "usual": None if base is None else kind.print_mean(base, ""),
        "tested": _spread(run, name),
    }


@lru_cache(maxsize=64)
def _spread(run: Run, task: str) -> dict[str, float] | None:
    """Give the middle of what was predicted for test rows, and the tenths around it; none where that was not kept."""
    values = run.judged(task)["value"].drop_null()
    if not len(values):
        return None
    low, middle, high = pc.quantile(values, q=[0.1, 0.5, 0.9]).to_pylist()
    return {"low": low, "middle": middle, "high": high}


def _grain(spec: ShopSpec, types: Types, grain: str, tasks: Collection[str]) -> dict[str, Any]:
    task = spec.tasks[next(iter(tasks))]
    declared, is_entity = spec.tables[task.about], isinstance(task, EntityTaskSpec)
    columns = {
        name: kind
        for name, kind in readable_columns(spec, types, task.about).items()
        if kind.kind != "other"
    }
    source = declared if isinstance(declared, SourceTableSpec) else None
    links: Mapping[str, str] = {} if source is None else source.links
    hidden = set[str]()
    if source is not None:
        labels = frozenset[str]().union(*spec.labels_of(task.about).values())
        hidden = {*source.known_at, *source.promised, *source.lookup, *labels}
        hidden |= {str(source.time)} | (set() if is_entity else {str(source.key)})
    asked = {name: kind for name, kind in columns.items() if name not in hidden}
    numbers = [
        name
        for name, kind in asked.items()
        if kind.is_number and not kind.is_name and name not in links
    ]
    return {
        "grain": grain,
        "about": task.about,
        "each": "entity" if is_entity else "row",
        "key": declared.key,
        "columns": {name: kind.kind for name, kind in asked.items()},
        "links": dict(links),
        "scene": None if is_entity or source is None else source.scene,
        "has_time": is_entity or (source is not None and source.time is not None),
        "price": next((n for n in numbers if any(word in n for word in _PRICES)), None),
        "tasks": list(tasks),
    }
