"""The pages as routes beside those of the service.

A page is the same for everybody and holds nothing of the shop; a script fills it with what the service tells whoever
opens it, by the key that he types.
"""

import hashlib
from collections.abc import Callable, Collection, Sequence
from functools import cache, partial
from importlib.resources import files
from pathlib import Path
from threading import Lock
from typing import TypeAlias, final

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import BaseRoute, Route

from banian.bundle import Bundle
from banian.inference import Predictor
from banian.report.run import Run
from banian.studio.parts import render_card, render_tasks
from banian.studio.shop_facts import describe_shop
from banian.studio.stored_report import stored_report
from banian.studio.templates import render

Look: TypeAlias = Callable[[Request], tuple[Predictor, Collection[str] | None]]
"""Lets a request in; gives the model that answers, and the tasks that may be asked, none where these are all."""
_PAGES = {
    "/": ("tasks", "Tasks"),
    "/try": ("try", "Try it"),
    "/live": ("live", "Live"),
    "/model": ("card", "The model"),
}
_POLICY = (
    "default-src 'none'; script-src 'self'; connect-src 'self'; style-src 'self' 'unsafe-inline'; img-src data:; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
"""What a browser may load for a page: nothing of others, and no text as a program. Drawings carry their styles."""
_HEADERS = {
    "content-security-policy": _POLICY,
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cache-control": "no-cache",
}
_SCRIPT, _STYLE = "text/javascript", "text/css"


def build_pages(run: Path, look: Look) -> Sequence[BaseRoute]:
    """Give the routes of the pages.

    Args:
        run: folder that `banian fit` wrote, whose model answers.
        look: lets a request in.

    """
    told = _Told(run, look)
    return [
        *(Route(path, partial(_page, path=path)) for path in _PAGES),
        Route("/studio/shop", told.shop),
        Route("/studio/tasks", told.tasks),
        Route("/studio/card", told.card),
        Route("/studio/{name}", _file),
    ]


async def _page(_: Request, path: str) -> Response:
    name, title = _PAGES[path]
    pages = {where: said for where, (_, said) in _PAGES.items()}
    text = render(f"{name}_page.html.jinja", script=name, title=title, pages=pages, path=path)
    return HTMLResponse(text, headers=_HEADERS)


async def _file(request: Request) -> Response:
    """Give a script or the style; the drawing library is written out when it is first asked for."""
    name = request.path_params["name"]
    if name == "vega.js":
        body = await run_in_threadpool(_vega)
    elif name == "studio.css":
        body = _style()
    elif name in _scripts():
        body = _scripts()[name]
    else:
        return Response("Not found", 404, _HEADERS, "text/plain")
    tag = f'"{hashlib.sha256(body).hexdigest()[:16]}"'
    headers = {**_HEADERS, "etag": tag}
    if request.headers.get("if-none-match") == tag:
        return Response(status_code=304, headers=headers)
    return Response(body, headers=headers, media_type=_STYLE if name.endswith("css") else _SCRIPT)


@cache
def _scripts() -> dict[str, bytes]:
    folder = files("banian.studio").joinpath("static")
    return {one.name: one.read_bytes() for one in folder.iterdir() if one.name.endswith(".js")}


@cache
def _style() -> bytes:
    """Give the style of the report, and what the pages have beside it."""
    report = files("banian.report").joinpath("page.css").read_bytes()
    return report + files("banian.studio").joinpath("static/studio.css").read_bytes()


@cache
def _vega() -> bytes:
    import vl_convert  # large

    text: str = vl_convert.javascript_bundle(None)  # type: ignore[arg-type]  # all of it, which its types forget
    return text.encode()


@final
class _Told:
    """What the pages are told, written once for each bundle and for each set of tasks."""

    def __init__(self, run: Path, look: Look) -> None:
        self._run, self._look, self._lock = run, look, Lock()
        self._bundle: Bundle | None = None
        self._report: Run | None = None
        self._parts: dict[tuple[str, frozenset[str] | None], str] = {}

    async def shop(self, request: Request) -> Response:
        predictor, allowed = self._look(request)
        told = await run_in_threadpool(self._shop, predictor, allowed)
        return JSONResponse(told, headers=_HEADERS)

    async def tasks(self, request: Request) -> Response:
        return await self._part(request, "tasks")

    async def card(self, request: Request) -> Response:
        return await self._part(request, "card")

    async def _part(self, request: Request, name: str) -> Response:
        predictor, allowed = self._look(request)
        text = await run_in_threadpool(self._write, name, predictor, allowed)
        return HTMLResponse(text, headers=_HEADERS)

    def _shop(self, predictor: Predictor, allowed: Collection[str] | None) -> dict[str, object]:
        with self._lock:
            return describe_shop(predictor, self._report_of(predictor), allowed)

    def _write(self, name: str, predictor: Predictor, allowed: Collection[str] | None) -> str:
        key = name, None if allowed is None else frozenset(allowed)
        with self._lock:
            report = self._report_of(predictor)
            if key not in self._parts:
                self._parts[key] = (
                    render_tasks(report, allowed)
                    if name == "tasks"
                    else render_card(report, predictor, allowed)
                )
            return self._parts[key]

    def _report_of(self, predictor: Predictor) -> Run:
        if self._report is None or self._bundle is not predictor.bundle:
            self._bundle, self._report = predictor.bundle, stored_report(self._run, predictor)
            self._parts = {}
        return self._report
