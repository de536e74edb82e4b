"""banian fit."""

import json
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from banian.cli.exit_codes import with_exit_code
from banian.cli.options import AsJson, DataFolder, EngineName, Overrides, SpecFile, data_folder
from banian.cli.show import console, print_json, say, show_table
from banian.conceal import conceal

if TYPE_CHECKING:
    from banian.spec import ShopSpec
    from banian.training.recorders import AbstractSink
    from banian.workflows.fit_result import FitResult


class Where(StrEnum):
    """Where to compute."""

    auto = "auto"
    cpu = "cpu"
    cuda = "cuda"


@with_exit_code
def fit(
    spec: SpecFile,
    data: DataFolder = None,
    out: Annotated[
        Path | None, typer.Option("--out", help="Folder of the run; default: runs/SHOP.")
    ] = None,
    seed: Annotated[int, typer.Option("--seed", help="Same seed, same data: same bundle.")] = 0,
    device: Annotated[
        Where, typer.Option("--device", help="auto takes a GPU if any.")
    ] = Where.auto,
    engine: EngineName = "duckdb",
    jobs: Annotated[
        int | None,
        typer.Option(
            "--jobs", min=1, help="Networks trained side by side; default: all cores, on a GPU 1."
        ),
    ] = None,
    minutes: Annotated[
        float | None,
        typer.Option(
            "--minutes", help="Leave out what brings least for its time, to be done in so many."
        ),
    ] = None,
    quick: Annotated[
        bool,
        typer.Option("--quick", help="A first look: one network, at most 20,000 rows a grain."),
    ] = False,
    folds: Annotated[
        int | None,
        typer.Option("--folds", min=1, help="Select how long to train on so many time blocks."),
    ] = None,
    resume: Annotated[
        bool, typer.Option("--resume", help="Go on where a killed run of the same stopped.")
    ] = False,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Replace the finished run in that folder.")
    ] = False,
    checkpoint_minutes: Annotated[
        float, typer.Option("--checkpoint-minutes", min=0, help="Time between checkpoints.")
    ] = 2.0,
    tensorboard: Annotated[
        bool, typer.Option("--tensorboard", help="Write event files into the run's folder.")
    ] = False,
    mlflow: Annotated[
        str | None,
        typer.Option("--mlflow", metavar="URI", help="Log there, e.g. sqlite:///mlflow.db."),
    ] = None,
    wandb: Annotated[
        bool,
        typer.Option("--wandb", help="Log to Weights & Biases, offline unless WANDB_MODE says."),
    ] = False,
    overrides: Overrides = None,
    as_json: AsJson = False,
) -> None:
    """Fit one model for all tasks, judge it, write it to disk.

    The run's folder gets bundle/ (the model), test_predictions.parquet (what was judged), quarantine.parquet (rows that
    were set aside, with the reason), log.jsonl and cache/ (see banian cache). A run that was interrupted or killed goes
    on from its newest checkpoint with --resume, and ends with the same bundle as one that was left in peace. So does
    one with other --jobs.

    \b
    Example:
      banian fit gallery/online_retail.yaml --data FOLDER --out runs/retail

    """  # noqa: D301
    from banian.cli.progress import progress_bar
    from banian.workflows.fit import fit as run
    from banian.workflows.load_spec import load_spec

    if minutes is not None and (quick or not minutes > 0):
        raise typer.BadParameter(
            "takes a number above 0, and not --quick beside it", param_hint="--minutes"
        )
    settings = (*(overrides or ()), *(() if folds is None else (f"train.folds={folds}",)))
    declared = load_spec(spec, overrides=settings)
    folder = Path("runs") / declared.shop if out is None else out
    sinks = _sinks(declared, folder, tensorboard=tensorboard, mlflow=mlflow, wandb=wandb)
    try:
        with progress_bar() as bar:
            result = run(
                declared,
                data_folder(spec, data),
                folder,
                seed=seed,
                device=device.value,
                engine=engine,
                jobs=jobs,
                minutes=minutes,
                quick=quick,
                recorder=bar,
                sinks=sinks,
                warn=lambda text: typer.echo(f"Warning: {conceal(text)}", err=True),
                resume=resume,
                overwrite=overwrite,
                checkpoint_seconds=60 * checkpoint_minutes,
            )
    except KeyboardInterrupt:
        typer.echo("Go on with the same command and --resume.", err=True)
        raise
    if as_json:
        print_json(result.to_dict())
    else:
        _show(result, folder)


def _sinks(
    spec: "ShopSpec", folder: Path, *, tensorboard: bool, mlflow: str | None, wandb: bool
) -> "list[AbstractSink]":
    from banian.training.recorders import (
        Background,
        MLflowRecorder,
        TensorBoardRecorder,
        WandbRecorder,
    )

    declared = shown_parts(spec)
    sinks: list[AbstractSink] = []
    if tensorboard:
        sinks.append(TensorBoardRecorder(folder))
    if mlflow is not None:
        sinks.append(
            Background(MLflowRecorder(mlflow, folder, experiment=spec.shop, params=declared))
        )
    if wandb:
        sinks.append(Background(WandbRecorder(folder, project=spec.shop, config=declared)))
    return sinks


def shown_parts(spec: "ShopSpec") -> dict[str, str]:
    """Write each part of a spec as JSON for whoever keeps runs, without secrets."""
    parts = spec.model_dump(mode="json").items()
    return {part: conceal(json.dumps(tree)) for part, tree in parts}


def _show(result: "FitResult", folder: Path) -> None:
    from banian.evaluation import name_promises

    names = ["task", "kind", "grain", "metric", "value ", "95 % interval ", "constant ", "better "]
    promised = {
        task: name_promises(score.coverage, score.quantile, score.below)
        for task, score in result.scores.items()
    }
    held = list(dict.fromkeys(name for one in promised.values() for name in one))
    to = console()
    show_table(
        to,
        (*names, *(f"{name} " for name in held), "rows "),
        (
            (
                task,
                score.kind if score.quantile is None else f"{score.kind} {score.quantile:g}",
                result.grains[task],
                score.metric,
                f"{score.value:.4g}",
                f"{score.interval[0]:.4g} to {score.interval[1]:.4g}",
                f"{score.constant:.4g}",
                _SAYS[score.better],
                *(promised[task].get(name, "") for name in held),
                f"{score.rows:,}",
            )
            for task, score in result.scores.items()
        ),
    )
    for task, score in result.scores.items():
        if score.dominant is not None:
            say(to, f"Warning: {score.dominant.describe(task, score.metric)}")
    if result.left_out:
        say(to, f"Left out for want of time: {', '.join(result.left_out)}.")
    for reach, tasks in _by_reach(result).items():
        said = f"Labels of {', '.join(tasks)} are known up to {reach}."
        to.print(said, highlight=False, markup=False, soft_wrap=True)
    to.print(f"{result.bundle}, after {result.seconds:.0f} s. Next:", highlight=False)
    for command in ("report {}", "predict {} --data FOLDER --output predictions.parquet"):
        to.print(f"  banian {command.format(folder)}", highlight=False, soft_wrap=True)


def _by_reach(result: "FitResult") -> dict[str, list[str]]:
    from banian.examples import format_instant

    found: dict[str, list[str]] = {}
    for task, reach in result.reach.items():
        if reach is not None:
            found.setdefault(format_instant(datetime.fromisoformat(reach)), []).append(task)
    return found


_SAYS = {True: "yes", False: "not surely", None: "unknown"}
"""Whether the interval of the difference to the constant lies on the good side."""
