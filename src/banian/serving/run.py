"""Listening: one process or several that share a socket, until they are told to stop."""

import logging
import multiprocessing
import os
import signal
import socket
import tempfile
from collections.abc import Callable
from threading import Event
from typing import TYPE_CHECKING, Any

from banian.errors import RunError
from banian.extra import import_extra
from banian.serving.event_work import EventWork
from banian.serving.measures import SHARED, forget_process
from banian.serving.served_model import ServedModel, load_model
from banian.serving.service_log import LogHandler, ServiceLog
from banian.serving.settings import ServiceSettings
from banian.storage import reason_of

if TYPE_CHECKING:
    from multiprocessing.context import SpawnProcess

    import uvicorn
    from fastapi import FastAPI

    from banian.serving.app import Pages

_BACKLOG = 2048
_LOOK = 1.0
"""Seconds between looks whether all processes live."""
_PATIENCE = 5
"""Seconds beyond the deadline that a service which stops waits for those who read slowly."""


def serve(
    settings: ServiceSettings,
    work: EventWork | None = None,
    announce: Callable[[str, ServedModel], None] = lambda _address, _model: None,
    pages: "Pages | None" = None,
) -> None:
    """Answer until a signal says to stop; then finish what waits.

    Args:
        settings: which run, where to listen, and how.
        work: how events are taken in.
        announce: told the address, once it listens there, and which model answers.
        pages: for people, beside the routes; where several processes answer, a function that can be pickled.

    Raises:
        BundleError: what lies in the run cannot answer.
        RunError: the settings are unsafe, or the address is taken.
        DependencyError: what the extra brings is not installed.

    """
    settings.check()
    for module in ("uvicorn", "fastapi", "prometheus_client"):
        import_extra("serve", module)
    with _listen(settings) as heard:
        if settings.workers == 1:
            app = make_app(settings, work, pages)
            announce(_address(settings, heard), app.state.service.holder.current)
            make_server(settings, app).run(sockets=[heard])
            return
        model, _ = load_model(
            settings.run, settings.model
        )  # or each process would be refused again and again
        with tempfile.TemporaryDirectory(prefix="banian-measures-") as folder:
            os.environ[SHARED] = folder
            announce(_address(settings, heard), model)
            _supervise(settings, work, pages, heard)


def make_server(settings: ServiceSettings, app: "FastAPI") -> "uvicorn.Server":
    """Make what listens for an application, with TLS where the settings name a certificate."""
    uvicorn = import_extra("serve", "uvicorn")
    config = uvicorn.Config(
        app,
        log_config=None,
        access_log=False,
        server_header=False,
        lifespan="on",
        ssl_certfile=settings.tls_cert,
        ssl_keyfile=settings.tls_key,
        timeout_graceful_shutdown=int(settings.deadline) + _PATIENCE,
    )
    return uvicorn.Server(config)


def _answer_beside(
    settings: ServiceSettings, work: EventWork | None, pages: "Pages | None", heard: socket.socket
) -> None:
    """Answer in a process of several."""
    make_server(settings, make_app(settings, work, pages)).run(sockets=[heard])


def _supervise(
    settings: ServiceSettings, work: EventWork | None, pages: "Pages | None", heard: socket.socket
) -> None:
    """Keep several processes answering, until a signal says to stop; then let each finish."""
    log, told = ServiceLog(), Event()
    context = multiprocessing.get_context("spawn")  # threads of torch do not survive a fork

    def begin() -> "SpawnProcess":
        process = context.Process(target=_answer_beside, args=(settings, work, pages, heard))
        process.start()
        return process

    before = {
        number: signal.signal(number, lambda *_: told.set())
        for number in (signal.SIGTERM, signal.SIGINT)
    }
    processes = [begin() for _ in range(settings.workers)]
    try:
        while not told.wait(_LOOK):
            for place, process in enumerate(processes):
                if not process.is_alive():
                    log.write("a process ended", level="error", exit_code=process.exitcode)
                    forget_process(process.pid)
                    processes[place] = begin()
    finally:
        for process in processes:
            process.terminate()
        for process in processes:
            process.join(settings.deadline + 2 * _PATIENCE)
            process.kill()
            process.join()
        for number, handler in before.items():
            signal.signal(number, handler)


def make_app(
    settings: ServiceSettings, work: EventWork | None, pages: "Pages | None" = None
) -> "FastAPI":
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
    return build_app(Service(settings, work, log), pages)


def _listen(settings: ServiceSettings) -> socket.socket:
    kind = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    try:
        heard = socket.create_server((settings.host, settings.port), family=kind, backlog=_BACKLOG)
    except (OSError, OverflowError) as error:
        raise RunError(
            f"Cannot listen at {settings.host}:{settings.port}: {reason_of(error)}.",
            remedy="Name another address: --host, --port.",
        ) from None
    return heard


def _address(settings: ServiceSettings, heard: socket.socket) -> str:
    port: Any = heard.getsockname()[1]
    host = f"[{settings.host}]" if ":" in settings.host else settings.host
    return f"{'https' if settings.tls_cert else 'http'}://{host}:{port}"
