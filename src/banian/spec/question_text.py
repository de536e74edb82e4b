"""A task as the text of a question, the one way."""

from banian.spec.duration import format_duration
from banian.spec.expression_text import format_name
from banian.spec.label import AggregateSpec
from banian.spec.task import EntityTaskSpec, RowTaskSpec


def format_question(task: RowTaskSpec | EntityTaskSpec) -> str:
    """Write a task so that `parse_question` reads it back as the same value.

    >>> format_question(RowTaskSpec(rows="mails", label="bought", given="visit", metric="auc"))
    'PREDICT mails.bought FOR EACH mails GIVEN visit BY auc'
    """
    match task:
        case RowTaskSpec(rows=each, label=str(column)):
            target = f"{format_name(each)}.{format_name(column)}"
        case RowTaskSpec(rows=each, label=AggregateSpec() as label):
            target = _aggregate(label, window="0, {}")
        case EntityTaskSpec(for_each=each, label=label):
            target = _aggregate(label, window="0, {}")
    question = f"PREDICT {target} FOR EACH {format_name(each)}"
    if isinstance(task.where, AggregateSpec):
        question += f" WHERE {_aggregate(task.where, window='-{}, 0')}"
    elif task.where is not None:
        question += f" WHERE {task.where}"
    if task.given is not None:
        question += f" GIVEN {format_name(task.given)}"
    if isinstance(task, RowTaskSpec) and task.within is not None:
        question += f" WITHIN {format_duration(task.within)}"
    if task.kind is not None:
        question += f" AS {task.kind}"
    if task.metric is not None:
        question += f" BY {task.metric}"
    return question


def _aggregate(spec: AggregateSpec, *, window: str) -> str:
    names = [spec.table] if spec.column is None else [spec.table, spec.column]
    inside = ".".join(map(format_name, names))
    if spec.where is not None:
        inside += f" WHERE {spec.where}"
    if spec.same:
        inside += f" SAME {', '.join(map(format_name, spec.same))}"
    text = f"{spec.aggregate.upper()}({inside}, {window.format(format_duration(spec.within))})"
    if spec.at_least is not None:
        text = f"GREATEST({text}, {repr(spec.at_least).removesuffix('.0')})"
    return text if spec.compare is None else f"{text} {spec.compare}"
