"""Around every request: its id, a line in the log, its measures, and a refusal in the place of whatever fails."""

import re
import secrets
from collections.abc import Callable, MutableMapping
from time import perf_counter
from typing import Any, NamedTuple, final

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Receive, Scope, Send

from banian.serving.measures import Measures
from banian.serving.refusal import Refusal, unforeseen
from banian.serving.service_log import ServiceLog

ID = "x-request-id"
_PROPER = re.compile(r"[A-Za-z0-9._-]{1,64}")
_LATE = 400
_ASKING = ("/v1/predict", "/v1/recommend")
"""Routes whose requests wait for the thread that computes."""


class _Route(NamedTuple):
    path: str


@final
class Envelope:
    """An application in the order of ASGI, around another.

    Args:
        app: the other.
        measures: told of each request.
        log: of the service.
        busy: gives the refusal for whoever asks a model now; none where there is time. Under more load than can be
            borne most requests end here, before anything is made of them.

    """

    def __init__(
        self,
        app: ASGIApp,
        measures: Measures,
        log: ServiceLog,
        busy: Callable[[], Refusal | None] = lambda: None,
    ) -> None:
        self._app, self._measures, self._log, self._busy = app, measures, log, busy

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        begun = perf_counter()
        given = Headers(scope=scope).get(ID, "")
        request_id = given if _PROPER.fullmatch(given) else secrets.token_hex(8)
        scope.setdefault("state", {})["request_id"] = request_id
        status = 0

        async def send_marked(message: MutableMapping[str, Any]) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                MutableHeaders(scope=message)[ID] = request_id
            await send(message)

        try:
            if scope["path"] in _ASKING and (refusal := self._busy()) is not None:
                scope["route"] = _Route(scope["path"])
                await send_refusal(refusal, request_id, send_marked)
            else:
                await self._app(scope, receive, send_marked)
        except Exception as error:
            self._log.write_fault("a request failed", error, request_id=request_id)
            if not status:
                await send_refusal(unforeseen(), request_id, send_marked)
        finally:
            self._tell(scope, status, perf_counter() - begun)

    def _tell(self, scope: Scope, status: int, seconds: float) -> None:
        route = getattr(scope.get("route"), "path", "other")
        self._measures.requests.labels(route, str(status)).inc()
        self._measures.request_seconds.labels(route).observe(seconds)
        state = scope["state"]
        self._log.write(
            "request",
            level="info" if status < _LATE else "warning",
            request_id=state["request_id"],
            method=scope["method"],
            route=route,
            status=status,
            ms=round(1000 * seconds, 3),
            **{name: state[name] for name in ("key", "asks", "model", "problem") if name in state},
        )


async def send_refusal(refusal: Refusal, request_id: str, send: Send) -> None:
    """Send a refusal."""
    body = refusal.body(request_id)
    headers = refusal.headers | {"content-length": str(len(body))}
    raw = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers.items()]
    await send({"type": "http.response.start", "status": refusal.status, "headers": raw})
    await send({"type": "http.response.body", "body": body})
