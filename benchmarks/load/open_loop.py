"""A client in a process of its own that sends by a schedule, whatever the answers do, over a bounded number of lines.

A request is due at a fixed time. It is sent as soon as a line is free, and its latency counts from when it was due, so
that a service which stalls is not spared the requests that would have come meanwhile.
"""

import asyncio
import multiprocessing
import time
from collections import Counter
from dataclasses import dataclass, field

import numpy as np


@dataclass(frozen=True)
class Load:
    """What is sent.

    Args:
        port: of the service on loopback.
        path: of the route.
        head: headers but the length.
        bodies: sent in turn.
        rate: requests a second; None sends the next on a line as soon as the last was answered.
        seconds: how long.
        lines: connections.

    """

    port: int
    path: str
    head: str
    bodies: tuple[bytes, ...]
    rate: float | None
    seconds: float
    lines: int = 64


@dataclass(frozen=True)
class Measured:
    """What came of it.

    Args:
        latencies: seconds from when a request was due to its answer, of those that were answered by 200.
        statuses: how many of each; 0 for a lost line.
        unsent: those that were due and found no free line until the end.
        seconds: from the first that was due to the last answer.
        processor: seconds of the processor that the client itself took.

    """

    latencies: np.ndarray
    statuses: Counter[int] = field(default_factory=Counter)
    unsent: int = 0
    seconds: float = 0.0
    processor: float = 0.0

    @property
    def goodput(self) -> float:
        """Requests that were answered by 200, a second."""
        return len(self.latencies) / self.seconds

    def at(self, percent: float) -> float:
        """Milliseconds within which that many of a hundred were answered."""
        return 1000 * float(np.percentile(self.latencies, percent)) if len(self.latencies) else 0.0


def drive(load: Load) -> Measured:
    """Send, in a process of its own, and give what came of it."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=_drive, args=(load, theirs))
    process.start()
    found = ours.recv()
    process.join()
    return found


def _drive(load: Load, answer: multiprocessing.connection.Connection) -> None:
    answer.send(asyncio.run(_send_all(load)))


async def _send_all(load: Load) -> Measured:
    latencies: list[float] = []
    statuses: Counter[int] = Counter()
    due: asyncio.Queue[float] = asyncio.Queue()
    lines = [
        asyncio.create_task(_work(load, at, due, latencies, statuses)) for at in range(load.lines)
    ]
    await asyncio.sleep(0.2)  # until the lines are there
    begun, spent = time.monotonic(), time.process_time()
    if load.rate is None:
        for _ in lines:
            due.put_nowait(begun)
    else:
        for place in range(int(load.rate * load.seconds)):
            at = begun + place / load.rate
            if (wait := at - time.monotonic()) > 0:
                await asyncio.sleep(wait)
            due.put_nowait(at)
    if (left := begun + load.seconds - time.monotonic()) > 0:
        await asyncio.sleep(left)
    unsent = 0 if load.rate is None else due.qsize()
    while not due.empty():
        due.get_nowait()
    for _ in lines:
        due.put_nowait(-1.0)
    await asyncio.gather(*lines)
    seconds = time.monotonic() - begun
    return Measured(np.array(latencies), statuses, unsent, seconds, time.process_time() - spent)


async def _work(
    load: Load,
    number: int,
    due: "asyncio.Queue[float]",
    latencies: list[float],
    statuses: Counter[int],
) -> None:
    """Send on one line, which is opened again when it is lost."""
    reader, writer = await asyncio.open_connection("127.0.0.1", load.port)
    while (at := await due.get()) >= 0:
        body = load.bodies[number % len(load.bodies)]
        number += 7
        if reader.at_eof():  # a line that nothing was sent on for a while is closed by the service
            writer.close()
            reader, writer = await asyncio.open_connection("127.0.0.1", load.port)
        try:
            writer.write(
                f"POST {load.path} HTTP/1.1\r\nHost: 127.0.0.1\r\n{load.head}"
                f"Content-Length: {len(body)}\r\n\r\n".encode()
                + body
            )
            head = await reader.readuntil(b"\r\n\r\n")
            status = int(head[9:12])
            size = head.lower().partition(b"content-length:")[2].partition(b"\r\n")[0]
            await reader.readexactly(int(size))
        except (OSError, asyncio.IncompleteReadError):
            status = 0
            writer.close()
            reader, writer = await asyncio.open_connection("127.0.0.1", load.port)
        statuses[status] += 1
        now = time.monotonic()
        if status == 200:
            latencies.append(now - at)
        if load.rate is None:
            due.put_nowait(now)
    writer.close()
