"""A PostgreSQL server of one's own: a free port, a temporary folder, gone at the end."""

import os
import shutil
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import mkdtemp

import pytest

PASSWORD = "s%e:c/r@t?&#x"


@dataclass
class Server:
    """Where it listens; every user needs a password."""

    port: int

    def url(self, table: str) -> str:
        return f"postgresql://banian@127.0.0.1:{self.port}/postgres#{table}"


@contextmanager
def start_postgres() -> Iterator[Server]:
    """Start a server, or skip the test where Debian's package is not installed."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/pg_ctl"))
    if not found:
        pytest.skip("PostgreSQL is not installed: apt-get install postgresql")
    programs = found[-1].parent
    home = Path(mkdtemp(prefix="banian-postgres-"))
    user = ["runuser", "-u", "nobody", "--"] if os.geteuid() == 0 else []
    (home / "password").write_text(PASSWORD)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    if user:
        shutil.chown(home, "nobody")
        shutil.chown(home / "password", "nobody")
    place = ["-D", str(home / "data")]
    options = f"-p {port} -h 127.0.0.1 -k {home} -c fsync=off -c timezone=Asia/Tokyo"
    begin = ["initdb", "-U", "banian", "-A", "scram-sha-256", "--no-sync", "-E", "UTF8"]
    begin += ["--locale=C", f"--pwfile={home / 'password'}"]
    start = ["pg_ctl", "-w", "-l", str(home / "log"), "-o", options, "start"]
    try:
        for program, *arguments in (begin, start):
            _run([*user, str(programs / program), *place, *arguments], home)
        yield Server(port)
    finally:
        if (home / "data" / "postmaster.pid").exists():
            _run([*user, str(programs / "pg_ctl"), *place, "-m", "immediate", "stop"], home)
        shutil.rmtree(home, ignore_errors=True)


def _run(command: list[str], home: Path) -> None:
    with (home / "said").open(
        "ab"
    ) as said:  # a pipe would stay open for as long as the server runs
        done = subprocess.run(command, cwd=home, stdout=said, stderr=said, timeout=60, check=False)
    assert done.returncode == 0, (home / "said").read_text()
