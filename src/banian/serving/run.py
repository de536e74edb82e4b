"""Listening: one process or several that share a socket, until they are told to stop."""

import logging
import os
import socket
import tempfile
from collections.abc import Callable
from contextlib import ExitStack
from functools import partial
from typing import TYPE_CHECKING, Any

from banian.errors import RunError
from banian.extra import import_extra
from banian.serving.append_events import Append
from banian.serving.measures import SHARED
from banian.serving.served_model import load_model
from banian.serving.service_log import LogHandler, ServiceLog
from banian.serving.settings import ServiceSettings
from banian.storage import reason_of

if TYPE_CHECKING:
    from fastapi import FastAPI

_BACKLOG = 2048
_PATIENCE = 5
"""Seconds beyond the deadline that a service which stops waits for those who read slowly."""


def serve(
    settings: ServiceSettings,
    append: Append | None = None,
    announce: Callable[[str], None] = lambda _: None,
) -> None:
    """Answer until a signal says to stop; then finish what waits.

    Args:
        settings: which run, where to listen, and how.
        append: how events are appended; where several processes answer, a function that can be pickled.
        announce: told the address, once it can be asked.

    Raises:
        BundleError: what lies in the run cannot answer.
        RunError: the settings are unsafe, or the address is taken.
        DependencyError: what the extra brings is not installed.

    """
    settings.check()
    uvicorn = import_extra("serve", "uvicorn")
    import_extra("serve", "fastapi")
    with ExitStack() as stack:
        heard = stack.enter_context(_listen(settings))
        if settings.workers > 1:
            load_model(
                settings.run
            )  # what cannot answer is refused here, and not by each of them again and again
            folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="banian-measures-"))
            os.environ[SHARED] = folder
        # A process of several builds its own; one alone fails here, before it is said to listen.
        app = partial(make_app, settings, append)
        built = app if settings.workers > 1 else app()
        config = uvicorn.Config(
            built,
            factory=settings.workers > 1,
            workers=settings.workers,
            log_config=None,
            access_log=False,
            server_header=False,
            lifespan="on",
            ssl_certfile=settings.tls_cert,
            ssl_keyfile=settings.tls_key,
            timeout_graceful_shutdown=int(settings.deadline) + _PATIENCE,
        )
        announce(_address(settings, heard))
        server = uvicorn.Server(config)
        if settings.workers > 1:
            supervisors = import_extra("serve", "uvicorn.supervisors")
            supervisors.Multiprocess(config, target=server.run, sockets=[heard]).run()
        else:
            server.run(sockets=[heard])


def make_app(settings: ServiceSettings, append: Append | None) -> "FastAPI":
    """Build the application of one process, and let what libraries log go into its log."""
    from banian.serving.app import build_app
    from banian.serving.service import Service

    log = ServiceLog()
    for name in ("uvicorn", "uvicorn.error", "asyncio"):
        logger = logging.getLogger(name)
        logger.handlers, logger.propagate = [], False
    for name in ("uvicorn", "asyncio"):
        logging.getLogger(name).addHandler(LogHandler(log))
    logging.getLogger("uvicorn.error").addHandler(LogHandler(log))
    return build_app(Service(settings, append, log))


def _listen(settings: ServiceSettings) -> socket.socket:
    kind = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    try:
        heard = socket.create_server((settings.host, settings.port), family=kind, backlog=_BACKLOG)
    except (OSError, OverflowError) as error:
        raise RunError(
            f"Cannot listen at {settings.host}:{settings.port}: {reason_of(error)}.",
            remedy="Name another address: --host, --port.",
        ) from None
    heard.set_inheritable(True)
    return heard


def _address(settings: ServiceSettings, heard: socket.socket) -> str:
    port: Any = heard.getsockname()[1]
    host = f"[{settings.host}]" if ":" in settings.host else settings.host
    return f"{'https' if settings.tls_cert else 'http'}://{host}:{port}"
