"""Routes that are answered one by one, in the thread that computes: recommendations, and what is known of entities."""

import asyncio
from collections.abc import Callable
from functools import partial
from time import monotonic
from typing import TYPE_CHECKING, Any

from starlette.requests import Request
from starlette.responses import Response

from banian.inference import Predictor
from banian.serving import openapi, openapi_items
from banian.serving.answer_body import MEDIA
from banian.serving.entity_facts import describe_entity, sample_entities
from banian.serving.incoming import read_body, refuse_other_form, wait_for
from banian.serving.keys import Key
from banian.serving.served_model import ServedModel
from banian.serving.service import Service
from banian.serving.waiting import AloneRequest, Reply
from banian.storage import strict_json

if TYPE_CHECKING:
    from fastapi import FastAPI


def add_items(app: "FastAPI", service: Service) -> None:
    """Add the routes to an application."""
    settings = service.settings

    @app.post(
        "/v1/recommend",
        summary="Recommend items to somebody",
        responses=openapi_items.RECOMMENDED | openapi.problems(400, 408, 413, 415, 422, 429, 504),
        openapi_extra=dict(openapi_items.RECOMMEND_BODY),
        response_class=Response,
    )
    async def recommend(request: Request) -> Response:
        deadline = monotonic() + settings.deadline
        key = service.access.enter(request)
        refuse_other_form(request, "Wishes")
        service.access.bucket_of(key)
        body = await read_body(request, most=settings.most_bytes, deadline=deadline)
        answer = partial(service.recommending.answer, body, key)
        return await _answer_alone(service, request, body, answer, deadline)

    async def tell(
        request: Request, look: Callable[[Predictor, Key | None], dict[str, Any]]
    ) -> Response:
        deadline = monotonic() + service.settings.deadline
        key = service.access.enter(request)
        service.access.bucket_of(key)

        def answer(model: ServedModel) -> Reply:
            told = {"model": model.version, "store": model.store, **look(model.predictor, key)}
            return Reply(strict_json(told).encode("utf-8", "replace"), 1, model.version)

        return await _answer_alone(service, request, b"", answer, deadline)

    @app.get(
        "/v1/entities/{name}",
        summary="Name a few of an entity, or rows of a table, to ask about",
        responses=openapi_items.EXAMPLES | openapi.problems(422, 429, 504),
        response_class=Response,
    )
    async def examples(request: Request, name: str) -> Response:
        return await tell(request, partial(sample_entities, name=name))

    @app.get(
        "/v1/entities/{name}/{who}",
        summary="Tell what is known of one of an entity: its row, and its latest events",
        responses=openapi_items.ENTITY | openapi.problems(422, 429, 504),
        response_class=Response,
    )
    async def entity(request: Request, name: str, who: str) -> Response:
        return await tell(request, partial(describe_entity, name=name, who=who))


async def _answer_alone(
    service: Service,
    request: Request,
    body: bytes,
    answer: Callable[[ServedModel], Reply],
    deadline: float,
) -> Response:
    reply = asyncio.get_running_loop().create_future()
    service.batcher.put(AloneRequest(body, answer, deadline, reply))
    told = await wait_for(request, reply, deadline)
    request.state.asks, request.state.model = told.asks, told.model
    return Response(told.body, media_type=MEDIA["rows"])
