"""Members trained side by side, each by a process of its own.

A process trains one member to its end, as a run that is killed there and resumed by whoever asks for the result: states
are all that it leaves. So its result is the one of training in turn, bit for bit.
"""

import multiprocessing
import os
import pickle
import shutil
import signal
import sys
import threading
import traceback
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from multiprocessing import forkserver, resource_tracker
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path
from types import ModuleType, TracebackType
from typing import Any, final

import torch
from typing_extensions import override

from banian.errors import RunError
from banian.storage import reason_of
from banian.training.member import Member
from banian.training.recorder import NO_RECORDER, AbstractRecorder
from banian.training.start import Start
from banian.training.telling import Teller, hear
from banian.training.workers import AbstractWorkers, Begun

_HAS_SERVER = "forkserver" in multiprocessing.get_all_start_methods()
_LOADED_LATE = (
    "torch._inductor.config",
)  # by torch, where algorithms are to be deterministic: 1.5 s
_RESUME = "then go on with the same command and --resume (resume=True)."


def usable_cores() -> int:
    """Say how many cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


@final
class Processes(AbstractWorkers):
    """Trains members side by side; no process outlives the block or this process, however that ends.

    As a context manager it starts what processes are forked from, and ends those that are left.

    Args:
        jobs: How many members are trained at once.
        folder: Where encoded rows lie, which all processes map into memory; it is emptied now, and removed at the end.
        device: Where to compute.

    """

    def __init__(self, jobs: int, folder: Path, device: torch.device) -> None:
        self._jobs, self._folder, self._device = jobs, folder, device
        self._context: Any = multiprocessing.get_context("forkserver" if _HAS_SERVER else "spawn")
        self._threads = ThreadPoolExecutor(jobs)
        self._lock = threading.Lock()
        self._running: set[BaseProcess] = set()
        self._error: BaseException | None = None
        self._begun = 0

    @override
    def __enter__(self) -> "Processes":
        shutil.rmtree(self._folder, ignore_errors=True)
        if _HAS_SERVER:
            self._context.set_forkserver_preload([__name__, *_LOADED_LATE])
            resource_tracker.ensure_running()  # it would let interrupts through again, were it started below
            with _apart():
                forkserver.ensure_running()
        return self

    @override
    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._end(InterruptedError("The run is over."))
        self._threads.shutdown(cancel_futures=True)
        shutil.rmtree(self._folder, ignore_errors=True)

    @property
    @override
    def jobs(self) -> int:
        return self._jobs

    @override
    def begin(
        self,
        start: Callable[[], Start],
        members: Sequence[Member],
        recorders: Sequence[AbstractRecorder],
    ) -> Begun:
        """Write the rows, and let each member be trained as soon as a core is free.

        Raises:
            RunError: the disk is full or the folder cannot be written. What is given raises it where a process fails or
                is killed, of whichever network; the others are ended then.

        """
        rows, self._begun = self._folder / str(self._begun), self._begun + 1
        encoded = start()
        try:
            rows.mkdir(parents=True)
            encoded.save(rows)
        except OSError as error:
            raise RunError(
                f"Cannot write the rows of a network to {rows}: {reason_of(error)}.",
                remedy=f"Make room, or train in turn with --jobs 1 (jobs=1); {_RESUME}",
            ) from None
        warm_start = encoded.warm_start
        futures = [
            self._threads.submit(
                self._train,
                member,
                pickle.dumps((member, rows, self._device, warm_start)),
                recorder,
            )
            for member, recorder in zip(members, recorders, strict=True)
        ]
        del encoded

        def wait() -> tuple[Start, Sequence[AbstractRecorder]]:
            for future in futures:
                future.exception()
            if self._error is not None:
                raise self._error
            mapped = Start.load(rows, self._device, warm_start)
            shutil.rmtree(rows, ignore_errors=True)  # what is mapped stays
            return mapped, [NO_RECORDER] * len(members)

        return wait

    def _train(self, member: Member, work: bytes, recorder: AbstractRecorder) -> None:
        """Let a process train a member, and wait for it."""
        receiver, sender = self._context.Pipe(duplex=False)
        process = self._context.Process(target=_work, args=(work, sender), daemon=True)
        try:
            with self._lock:
                if self._error is not None:
                    return
                with _apart():
                    process.start()
                self._running.add(process)
            sender.close()
            if not hear(receiver, recorder):
                raise RunError(
                    f"The process for {member.name!r} ended {_how(self._reap(process))}.",
                    remedy="If memory was short, train fewer at once with --jobs (jobs=); "
                    + _RESUME,
                )
        except BaseException as error:
            self._end(error)
        finally:
            self._reap(process)
            receiver.close()

    def _reap(self, process: BaseProcess) -> int | None:
        """Wait until a process that was started has ended, and give its exit code."""
        with self._lock:  # starting one reaps others, which no two threads may do at once
            self._running.discard(process)
            if process.pid is not None:
                process.join()
                return process.exitcode
        return None

    def _end(self, error: BaseException) -> None:
        """End all processes, because of an error, unless that was done already."""
        with self._lock:
            if self._error is None:
                self._error = error
                for process in self._running:
                    process.kill()


@contextmanager
def _apart() -> Iterator[None]:
    """Let processes that are started here be left alone by Ctrl-C, and by the script that called us.

    The interrupt reaches whoever waits for them. The script would be run again in each of them, from its first line.
    """
    main = sys.modules["__main__"]
    masked = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    sys.modules["__main__"] = ModuleType("__main__")
    try:
        yield
    finally:
        sys.modules["__main__"] = main
        signal.pthread_sigmask(signal.SIG_SETMASK, masked)


def _work(work: bytes, events: Connection) -> None:
    """Train a member: what a process does."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    member, rows, device, warm_start = pickle.loads(work)  # from the process that started this one
    with suppress(BrokenPipeError), events:  # nobody hears it any more
        try:
            teller = Teller(events)
            member.finish(Start.load(rows, device, warm_start), teller)
            teller.end()
        except Exception as error:
            error.add_note(traceback.format_exc())
            events.send(error)


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _how(code: int | None) -> str:
    if code is not None and code < 0:
        return f"by {signal.Signals(-code).name}"
    return f"with exit code {code}"
