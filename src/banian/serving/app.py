"""The application: routes by FastAPI; what `/v1/predict` takes and gives is read and written by hand."""

import asyncio
from collections.abc import AsyncIterator, Callable, Collection, Sequence
from contextlib import asynccontextmanager, suppress
from functools import partial
from http import HTTPStatus
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Any, TypeAlias

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute

from banian.errors import BanianError
from banian.extra import import_extra
from banian.inference import Predictor
from banian.serving import openapi
from banian.serving.answer_body import MEDIA, form_of_answers
from banian.serving.append_events import Events
from banian.serving.ask_body import form_of_asks
from banian.serving.envelope import Envelope
from banian.serving.facts import describe_model, describe_tasks
from banian.serving.incoming import NobodyWaitsError, read_body, refuse_other_form, wait_for
from banian.serving.item_routes import add_items
from banian.serving.json_body import parse_json
from banian.serving.refusal import Refusal, refusal_of
from banian.serving.scope import may_ask, refuse_part
from banian.serving.service import Service
from banian.serving.waiting import Request as WaitingRequest

if TYPE_CHECKING:
    from fastapi import FastAPI

_LONGEST_KEY = 200
_GONE = 499
"""What the log says of a request whose sender did not wait; nobody gets it."""


Look: TypeAlias = Callable[[Request], tuple[Predictor, Collection[str] | None]]
"""Lets a request in; gives the model that answers, and the tasks that may be asked, none where these are all."""
Pages: TypeAlias = Callable[[Path, Look], Sequence[BaseRoute]]
"""Gives pages for people about a run, as routes."""


def build_app(service: Service, pages: Pages | None = None) -> "FastAPI":
    """Build the application around a service, which is closed when the application ends.

    Args:
        service: what answers.
        pages: for people, beside the routes; none where they are left out.

    Raises:
        DependencyError: FastAPI is not installed.

    """
    fastapi = import_extra("serve", "fastapi")

    @asynccontextmanager
    async def live(_: Any) -> AsyncIterator[None]:  # noqa: ANN401
        watching = asyncio.create_task(service.watch())
        yield
        watching.cancel()
        with suppress(asyncio.CancelledError):
            await watching
        await asyncio.to_thread(service.close)

    app: FastAPI = fastapi.FastAPI(
        title="Banian",
        version="1",
        description="Every prediction of a shop, from one model.",
        docs_url=None,  # these pages would load scripts from elsewhere
        redoc_url=None,
        lifespan=live,
    )
    app.state.service = service
    app.add_middleware(Envelope, measures=service.measures, log=service.log, busy=service.busy)
    for kind in (Refusal, BanianError, HTTPException, NobodyWaitsError):
        app.add_exception_handler(kind, _refuse)
    _add_questions(app, service)
    _add_facts(app, service)
    add_items(app, service)
    _add_administration(app, service)
    if pages is not None:
        app.router.routes.extend(pages(service.settings.run, partial(_look, service)))
    make = app.openapi
    app.openapi = lambda: openapi.secure(make())  # type: ignore[method-assign]
    return app


def _look(service: Service, request: Request) -> tuple[Predictor, Collection[str] | None]:
    key, predictor = service.access.enter(request), service.holder.current.predictor
    if key is None or not key.scope:
        return predictor, None
    tasks = predictor.spec.tasks.items()
    own = [name for name, _ in tasks if key.tasks is None or name in key.tasks]
    return predictor, [
        name for name, task in tasks if name in own and may_ask(key, predictor.spec, task)
    ]


def _add_questions(app: "FastAPI", service: Service) -> None:
    settings = service.settings

    @app.post(
        "/v1/predict",
        summary="Answer asks",
        responses=openapi.PREDICTED | openapi.problems(400, 406, 408, 413, 415, 422, 429, 504),
        openapi_extra=dict(openapi.PREDICT_BODY),
        response_class=Response,
    )
    async def predict(request: Request) -> Response:
        deadline = monotonic() + settings.deadline
        key = service.access.enter(request)
        form = form_of_asks(request.headers.get("content-type", ""))
        answers = form_of_answers(request.headers.get("accept", ""))
        bucket = service.access.bucket_of(key)
        body = await read_body(request, most=settings.most_bytes, deadline=deadline)
        waiting = WaitingRequest(
            body=body,
            form=form,
            answers=answers,
            tasks=tuple(one for one in request.query_params.get("tasks", "").split(",") if one),
            key=key,
            bucket=bucket,
            deadline=deadline,
            reply=asyncio.get_running_loop().create_future(),
        )
        service.batcher.put(waiting)
        reply = await wait_for(request, waiting.reply, deadline)
        request.state.asks, request.state.model = reply.asks, reply.model
        return Response(reply.body, media_type=MEDIA[answers])

    @app.post(
        "/v1/events",
        summary="Append rows to what is known",
        responses=openapi.APPENDED | openapi.problems(400, 408, 413, 415, 422, 429, 504),
        openapi_extra=dict(openapi.EVENTS_BODY),
        response_class=JSONResponse,
    )
    async def events(request: Request) -> Response:
        deadline = monotonic() + settings.events_deadline
        key = service.access.enter(request)
        refuse_other_form(request, "Events")
        service.access.bucket_of(key)
        soon = monotonic() + settings.deadline
        body = await read_body(request, most=settings.most_bytes, deadline=soon)
        once = request.headers.get("idempotency-key")
        if once is not None and not 0 < len(once) <= _LONGEST_KEY:
            raise Refusal(
                400,
                "The Idempotency-Key is empty or too long.",
                remedy=f"Send one of up to {_LONGEST_KEY} letters.",
            )
        sent = Events(body, key, request.state.request_id, once)
        service.events.put(sent)
        written = asyncio.wrap_future(sent.done)
        await asyncio.wait({written}, timeout=deadline - monotonic())
        if not written.done():
            written.add_done_callback(lambda done: done.cancelled() or done.exception())
            raise Refusal(
                504,
                "The rows were not written in time; they may be yet.",
                remedy="Send rows again that have a key, or came with an Idempotency-Key: none is taken twice.",
                retry_after=1,
            )
        return JSONResponse(written.result())


def _add_facts(app: "FastAPI", service: Service) -> None:
    @app.get(
        "/v1/tasks",
        summary="List the tasks",
        responses=openapi.TASKS | openapi.problems(),
        response_class=JSONResponse,
    )
    async def tasks(request: Request) -> Response:
        return JSONResponse(describe_tasks(service.holder.current, service.access.enter(request)))

    @app.get(
        "/v1/model",
        summary="Say which model answers",
        responses=openapi.MODEL | openapi.problems(),
        response_class=JSONResponse,
    )
    async def model(request: Request) -> Response:
        key = service.access.enter(request)
        return JSONResponse(describe_model(service.holder, to_admin=key is None or key.is_admin))

    @app.get("/healthz", summary="Say whether the process lives", responses=openapi.HEALTH)
    async def healthz() -> Response:
        return JSONResponse({"alive": True})

    @app.get(
        "/readyz",
        summary="Say whether asks are answered; an ask was, when the model was loaded",
        responses=openapi.READY | openapi.problems(),
    )
    async def readyz() -> Response:
        if not service.batcher.is_alive:
            raise Refusal(
                503, "Nothing is answered any more.", remedy="Start the service.", retry_after=1
            )
        holder = service.holder
        told = {"model": holder.current.version, "degraded": list(holder.degraded)}
        return JSONResponse({"ready": True, **told})

    @app.get(
        "/metrics",
        summary="Give what a monitor reads",
        responses=openapi.METRICS | openapi.problems(),
        response_class=Response,
    )
    async def metrics(request: Request) -> Response:
        refuse_part(service.access.enter(request))
        return Response(service.metrics(), media_type=service.measures.media)


def _add_administration(app: "FastAPI", service: Service) -> None:
    @app.post(
        "/v1/admin/reload",
        summary="Load what lies in the run, although it was refused or rolled back; by force, although it is worse",
        responses=openapi.CHANGED | openapi.problems(400, 408, 413),
        openapi_extra=dict(openapi.RELOAD_BODY),
        response_class=JSONResponse,
    )
    async def reload(request: Request) -> Response:
        key = service.access.enter(request, as_admin=True)
        by, loop = "anybody here" if key is None else key.name, asyncio.get_running_loop()
        before = service.holder.current
        force = await _read_force(request, service.settings.deadline)
        load = partial(service.holder.reload, by, force=force)
        outcome = await loop.run_in_executor(service.swapper, load)
        while outcome == "shadowing":
            await asyncio.sleep(0.05)
            outcome = await loop.run_in_executor(service.swapper, service.look)
        if outcome == "unchanged" and service.holder.current is not before:
            outcome = "published"  # by who looks from time to time
        service.count(outcome)
        return _changed(service, outcome)

    @app.post(
        "/v1/admin/rollback",
        summary="Let the bundle before the present one answer again",
        responses=openapi.CHANGED | openapi.problems(409),
        response_class=JSONResponse,
    )
    async def rollback(request: Request) -> Response:
        key = service.access.enter(request, as_admin=True)
        by = "anybody here" if key is None else key.name
        loop = asyncio.get_running_loop()
        await loop.run_in_executor(service.swapper, service.holder.roll_back, by)
        return _changed(service, "rolled back")


async def _read_force(request: Request, seconds: float) -> bool:
    """Read whether what lies in the run is to be taken although it is worse: not where the body is empty."""
    body = await read_body(request, most=1_000, deadline=monotonic() + seconds)
    told = parse_json(body) if body else {}
    force = told.get("force", False)
    if not isinstance(force, bool) or set(told) - {"force"}:
        raise Refusal(
            400,
            "The body has something else than force.",
            remedy='Write {"force": true}, or nothing.',
        )
    return force


def _changed(service: Service, outcome: str) -> Response:
    model = service.holder.current
    return JSONResponse({"outcome": outcome, "model": model.version, "store": model.store})


async def _refuse(request: Request, error: Exception) -> Response:
    if isinstance(error, NobodyWaitsError):
        return Response(status_code=_GONE)
    match error:
        case Refusal():
            refusal = error
        case BanianError():
            refusal = refusal_of(error)
        case HTTPException():
            refusal = Refusal(
                error.status_code,
                f"{HTTPStatus(error.status_code).phrase}.",
                remedy="See /openapi.json for what there is.",
            )
        case _:
            raise error
    own = error.headers if isinstance(error, HTTPException) else None
    request.state.problem = refusal.problem
    return Response(
        refusal.body(request.state.request_id),
        status_code=refusal.status,
        headers={**(own or {}), **refusal.headers},
    )
