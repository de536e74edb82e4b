"""A process that listens, what it takes of the processor, and how large it is."""

import os
import re
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Listening:
    """A process that listens.

    Args:
        pid: of it.
        port: on loopback.

    """

    pid: int
    port: int

    @property
    def processor(self) -> float:
        """Seconds of the processor that it took until now."""
        fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / _TICKS

    @property
    def size(self) -> float:
        """MiB that it holds in memory."""
        found = re.search(r"VmRSS:\s+(\d+)", Path(f"/proc/{self.pid}/status").read_text())
        return int(found[1]) / 1024 if found else 0.0

    def get(self, path: str) -> bytes:
        """Ask by GET."""
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=30) as answer:
            return answer.read()


@contextmanager
def serving(run: Path, *options: str) -> Iterator[Listening]:
    """Let `banian serve` listen."""
    command = [sys.executable, "-m", "banian", "serve", str(run), "--port", "0", "--threads", "1"]
    with starting([*command, *options]) as found:
        yield found


@contextmanager
def starting(command: Sequence[str]) -> Iterator[Listening]:
    """Start a process that says `Listening at http://127.0.0.1:PORT`, and stop it at the end."""
    log = Path(f"/tmp/banian-load-{os.getpid()}-{time.monotonic_ns()}.log")
    with log.open("w") as out:
        process = subprocess.Popen(
            command, stderr=out, stdout=out, env={**os.environ, "OMP_NUM_THREADS": "1"}
        )
    try:
        while not (found := re.search(r"Listening at http://127\.0\.0\.1:(\d+)", log.read_text())):
            if process.poll() is not None:
                raise SystemExit(log.read_text()[-2000:])
            time.sleep(0.05)
        yield Listening(process.pid, int(found[1]))
    finally:
        process.terminate()
        process.wait()
        log.unlink()
