"""One HTML page that needs no network, no script and no other file."""

from collections.abc import Sequence

from banian.evaluation import BELOW, INSIDE, calibration_bins, number, scene_scores
from banian.kinds import build_kind
from banian.report.commands import next_commands
from banian.report.learning_curve import chosen_epoch, learning_curves
from banian.report.pictures import (
    Picture,
    draw_calibration,
    draw_importance,
    draw_learning,
    draw_scenes,
    draw_skill,
)
from banian.report.result import TaskResult
from banian.report.run import Run
from banian.report.sentences import serving_words
from banian.report.task_table import format_task_table
from banian.report.templates import templates_of
from banian.spec import SourceTableSpec


def render_page(run: Run, results: Sequence[TaskResult]) -> str:
    """Write the page; the same run gives the same page, byte for byte."""
    columns, rows = format_task_table(results)
    template = templates_of("banian.report").get_template("page.html.jinja")
    return template.render(
        run=run,
        results=results,
        columns=columns,
        rows=rows,
        number=number,
        build_kind=build_kind,
        inside=f"{INSIDE} ",
        below=f"{BELOW} ",
        skill=draw_skill(results),
        importance={
            result.task: draw_importance(result.task, result.importance, _times(run))
            for result in results
            if result.importance is not None and result.importance.columns
        },
        permutations=max(
            (result.importance.permutations for result in results if result.importance), default=0
        ),
        serving_words=serving_words,
        learning=_learning(run),
        calibration=_calibration(run),
        scenes=_scenes(run, results),
        commands=next_commands(run, results),
    )


def _times(run: Run) -> frozenset[str]:
    """Name the columns that say when rows came to be, and so also how often."""
    tables = (name for name, table in run.spec.tables.items() if isinstance(table, SourceTableSpec))
    return frozenset(f"{name}.{run.spec.source(name).time}" for name in tables)


def _learning(run: Run) -> list[Picture]:
    steps = run.card["training"]["steps"]
    curves = learning_curves(run.log, tuple(run.spec.tasks))
    return [
        draw_learning(task, curve, chosen_epoch(run.log, steps[task]))
        for task, curve in curves.items()
    ]


def _calibration(run: Run) -> list[Picture]:
    pictures = []
    for task in run.spec.tasks:
        judged = run.judged(task)
        kind = build_kind(run.card["scores"][task]["kind"])
        if len(judged) and (held := kind.confidence(judged)) is not None:
            pictures.append(draw_calibration(task, calibration_bins(*held)))
    return pictures


def _scenes(run: Run, results: Sequence[TaskResult]) -> list[Picture]:
    pictures = []
    for result in results:
        quantile = run.spec.tasks[result.task].quantile
        scores = scene_scores(result.metric, run.judged(result.task), quantile=quantile)
        if scores:
            pictures.append(draw_scenes(result, scores))
    return pictures
