"""A task as the text of a question, the one way."""

from banian.spec.duration import format_duration
from banian.spec.expression_text import format_expression, format_name
from banian.spec.node import Column, Constant
from banian.spec.task import EntityTaskSpec, RowTaskSpec


def format_question(task: RowTaskSpec | EntityTaskSpec) -> str:
    """Write a task so that `parse_question` reads it back as the same value.

    >>> format_question(RowTaskSpec(rows="mails", label="bought", given="visit", metric="auc"))
    'PREDICT mails.bought FOR EACH mails GIVEN visit BY auc'
    """
    each = task.rows if isinstance(task, RowTaskSpec) else task.for_each
    is_column = isinstance(task.tree, Column)
    target = f"{format_name(each)}.{task.label}" if is_column else task.label
    question = f"PREDICT {target} FOR EACH {format_name(each)}"
    if task.where is not None:
        question += f" WHERE {task.where}"
    if task.given is not None:
        question += f" GIVEN {format_name(task.given)}"
    if isinstance(task, RowTaskSpec):
        if task.within is not None:
            question += f" WITHIN {format_duration(task.within)}"
        if task.scenes:
            texts = (format_expression(Constant(scene)) for scene in task.scenes)
            question += f" IN SCENE {', '.join(texts)}"
        if task.treatment is not None:
            control = format_expression(Constant(str(task.control)))
            question += f" UPLIFT {format_name(task.treatment)} OVER {control}"
    if task.weight is not None:
        question += f" WEIGHT {format_name(task.weight)}"
    if task.kind is not None:
        question += f" AS {task.kind}"
    if task.quantile is not None:
        question += f" {task.quantile!r}"
    if task.metric is not None:
        question += f" BY {task.metric}"
    if task.tower is not None:
        question += f" WITH {task.tower}"
    return question
