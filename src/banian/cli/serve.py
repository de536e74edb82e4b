"""banian serve."""

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from banian.cli.exit_codes import with_exit_code

if TYPE_CHECKING:
    from banian.bundle import Bundle
    from banian.features.appended import Appended
    from banian.features.taking_rows import AbstractLiveStore
    from banian.serving.served_model import ServedModel
    from banian.spec import ShopSpec


@with_exit_code
def serve(
    run: Annotated[Path, typer.Argument(help="Folder that banian fit wrote.")],
    host: Annotated[
        str, typer.Option("--host", help="Address; another than this machine's needs --keys.")
    ] = "127.0.0.1",
    port: Annotated[
        int, typer.Option("--port", help="0 takes a free one.", min=0, max=65535)
    ] = 8080,
    workers: Annotated[
        int, typer.Option("--workers", help="Processes that answer side by side.", min=1)
    ] = 1,
    keys: Annotated[
        Path | None,
        typer.Option(
            "--keys", metavar="FILE", help="Keys that open it: banian keys.", show_default=False
        ),
    ] = None,
    tls_cert: Annotated[
        Path | None,
        typer.Option("--tls-cert", metavar="FILE", help="Certificate.", show_default=False),
    ] = None,
    tls_key: Annotated[
        Path | None,
        typer.Option("--tls-key", metavar="FILE", help="Its private key.", show_default=False),
    ] = None,
    deadline_ms: Annotated[
        float, typer.Option("--deadline-ms", help="Later than that it is 504.", min=1)
    ] = 1000,
    queue: Annotated[
        int, typer.Option("--queue", help="Requests that may wait; beyond it is 429.", min=1)
    ] = 256,
    batch_ms: Annotated[
        float,
        typer.Option(
            "--batch-ms", help="How long a request waits for others to be answered with it.", min=0
        ),
    ] = 0,
    most_rows: Annotated[int, typer.Option("--max-rows", help="Rows in a request.", min=1)] = 2000,
    most_bytes: Annotated[int, typer.Option("--max-bytes", help="Bytes in a request.", min=1)] = 2
    ** 23,
    most_moved: Annotated[
        float,
        typer.Option(
            "--max-moved",
            help="How far a new bundle's answers may be from the present one's, from 0 to 1; beyond it is refused.",
            min=0,
            max=1,
        ),
    ] = 0.6,
    redis: Annotated[
        str | None,
        typer.Option(
            "--redis",
            metavar="URL",
            envvar="BANIAN_REDIS",
            help="Share events by a stream in Redis: redis://:PASSWORD@HOST:6379/0.",
            show_default=False,
            show_envvar=True,
        ),
    ] = None,
    threads: Annotated[
        int | None,
        typer.Option(
            "--threads",
            help="Threads that compute, in each process; default: the cores shared out.",
            min=1,
            show_default=False,
        ),
    ] = None,
    one_set: Annotated[
        bool | None,
        typer.Option(
            "--one-set/--no-one-set",
            help="Let one set of weights answer all tasks (banian export --one-set), or never; default: where no task "
            "is worse by it.",
            show_default=False,
        ),
    ] = None,
    keep_vectors: Annotated[
        float,
        typer.Option(
            "--keep-vectors",
            metavar="SECONDS",
            help="Keep the vectors of entities for so long, in the time of asks; it needs graphs.",
            min=0,
        ),
    ] = 0,
) -> None:
    """Answer every task of a run over HTTP.

    It needs the store of the run (banian store). Requests that wait at the same time are answered together. A bundle
    or a store that is put in the place of the present one is loaded beside it, tried on what is asked, and takes its
    place without a request failing; one that is damaged never does. Graphs (banian export) answer where they are of
    this bundle, also those that are made while it runs. SIGTERM lets it finish what waits.

    What is logged is JSON lines on standard error; RUN/audit.jsonl says what was published, rolled back and appended.

    \b
    Examples:
      banian serve runs/shop
      banian serve runs/shop --one-set --keep-vectors 3600
      banian serve runs/shop --host 0.0.0.0 --keys keys.json --tls-cert cert.pem --tls-key key.pem

    """  # noqa: D301
    from banian.cli.spinner import spinner
    from banian.serving.event_work import EventWork
    from banian.serving.run import serve as listen
    from banian.serving.settings import ModelOptions, ServiceSettings
    from banian.storage import run_of
    from banian.studio import build_pages

    settings = ServiceSettings(
        run=run_of(run),
        host=host,
        port=port,
        workers=workers,
        keys=keys,
        tls_cert=tls_cert,
        tls_key=tls_key,
        deadline=deadline_ms / 1000,
        queue=queue,
        batch_wait=batch_ms / 1000,
        most_rows=most_rows,
        most_bytes=most_bytes,
        most_moved=most_moved,
        redis=redis,
        model=ModelOptions(one_set, keep_vectors),
        threads=threads or max(1, len(os.sched_getaffinity(0)) // workers),
    )
    with spinner() as announce:
        announce("loading the model")
        settings.check()
    listen(
        settings,
        EventWork(open_live, fold),
        lambda address, model: _say_where(address, model, settings.run, has_keys=keys is not None),
        build_pages,
    )


def open_live(bundle: "Bundle", run: Path) -> "AbstractLiveStore":
    """Open the store of a run so that rows can be taken in; what reads tables is loaded with the first of them."""
    from banian.workflows.open_store import open_store

    return open_store(bundle, run)


def fold(run: Path, upto: int | None) -> "Appended":
    """Append to the store of a run what its log has beyond it."""
    from banian.workflows.fold_events import fold_events

    return fold_events(run, upto)


def _say_where(address: str, model: "ServedModel", run: Path, *, has_keys: bool) -> None:
    from banian.serving.served_model import say_answering

    bearer = ' -H "Authorization: Bearer $KEY"' if has_keys else ""
    ask = json.dumps({"asks": [_example(model.predictor.spec)]})
    sets = ", one set of weights for all tasks" if model.answering.is_one_set else ""
    why = say_answering(model).get("reason", "")
    typer.echo(f"Answers by {model.answering.by}{sets}. {why}".rstrip(), err=True)
    if model.options.keep_vectors:
        _say_age(model, run)
    typer.echo(f"Listening at {address}. Open it in a browser, or:", err=True)
    typer.echo(f"  curl {address}/v1/tasks{bearer}", err=True)
    typer.echo(
        f"  curl {address}/v1/predict{bearer} -H 'Content-Type: application/json' -d '{ask}'",
        err=True,
    )
    typer.echo(f"  curl {address}/metrics{bearer}", err=True)


def _say_age(model: "ServedModel", run: Path) -> None:
    """Say by how much answers differ where vectors are as old as they may be."""
    from banian.serving.vector_age import measure_age_error

    seconds = model.options.keep_vectors
    found = measure_age_error(model.predictor, run, seconds=seconds)
    if not found:
        typer.echo("No vectors are kept: graphs have to answer, and a task with a time.", err=True)
        return
    typer.echo(
        f"Vectors are kept for {seconds:g} s; answers that rest on older ones differ:", err=True
    )
    for task, one in found.items():
        told = f"on average {one.mean:.2g}, at most {one.largest:.2g}, of {one.rows} rows"
        typer.echo(f"  {task}: {told}", err=True)


def _example(spec: "ShopSpec") -> dict[str, str]:
    """Write an ask about somebody."""
    for name, task in spec.tasks.items():
        if task.grain == task.about:
            return {"task": name, str(spec.tables[task.about].key): "KEY"}
    return {"task": next(iter(spec.tasks))}
