"""What a service says of itself: which tasks it answers, about what, and with which model."""

from datetime import UTC, datetime
from typing import Any

from banian.features.ticks import from_tick
from banian.inference.asks import readable_columns
from banian.serving.keys import Key
from banian.serving.model_holder import ModelHolder
from banian.serving.scope import may_ask
from banian.serving.served_model import ServedModel, say_answering
from banian.spec import EntityTaskSpec
from banian.spec.question_text import format_question


def describe_tasks(model: ServedModel, key: Key | None) -> dict[str, Any]:
    """Describe the tasks that a key may ask, and what an ask about each grain may say."""
    bundle, spec = model.predictor.bundle, model.predictor.spec
    tasks: list[dict[str, Any]] = []
    grains: dict[str, dict[str, Any]] = {}
    for name, task in spec.tasks.items():
        if key is not None and key.tasks is not None and name not in key.tasks:
            continue
        if not may_ask(key, spec, task):
            continue
        tower = bundle.grains[task.grain].tasks[name]
        tasks.append(
            {
                "task": name,
                "question": format_question(task),
                "kind": tower.kind,
                "metric": tower.metric,
                "grain": task.grain,
            }
        )
        columns = readable_columns(spec, bundle.types, task.about)
        grains[task.grain] = {
            "about": task.about,
            "each": "entity" if isinstance(task, EntityTaskSpec) else "row",
            "key": spec.tables[task.about].key,
            "columns": {column: kind.kind for column, kind in columns.items()},
        }
    return {"model": model.version, "tasks": tasks, "grains": grains}


def describe_model(holder: ModelHolder, *, to_admin: bool) -> dict[str, Any]:
    """Describe the model that answers, and those before and after it.

    Why some do not answer, and why graphs or one set do not, is told to an administrator alone.
    """
    model, candidate, previous = holder.current, holder.candidate, holder.previous
    end = model.store_end
    refused = dict(holder.refused)
    return {
        "model": model.version,
        "store": model.store,
        "shop": model.predictor.spec.shop,
        "loaded_at": model.loaded_at.isoformat(timespec="seconds"),
        "store_end": None if end is None else from_tick(end).isoformat(),
        "answers_by": model.answering.by,
        "one_set": model.answering.is_one_set,
        "reason": say_answering(model).get("reason") if to_admin else None,
        "candidate": None if candidate is None else candidate.version,
        "previous": None if previous is None else previous.version,
        "refused": refused if to_admin else dict.fromkeys(refused, "not told to this key"),
    }


def age_of(model: ServedModel) -> float | None:
    """Say how many seconds ago the newest row of the store was; none where no table has a time."""
    end = model.store_end
    if end is None:
        return None
    return (datetime.now(UTC).replace(tzinfo=None) - from_tick(end)).total_seconds()
