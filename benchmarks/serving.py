"""A service under load: how fast, how much, and what becomes of it when too much is asked and models come and go.

    python benchmarks/serving.py RUN [--quick] [--only answers,saturation,swaps,memory] [--minutes 20]

RUN has a bundle and a store (`banian store`), better with its graphs (`banian export`); it is copied and not changed.
The service listens on loopback, in a process with one thread that computes; what asks is a process of its own, which
sends by a schedule and counts from when a request was due. Processor time is that of the service alone.
"""

import argparse
import os
import platform
import shutil
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from threading import Thread

import numpy as np
from load.asks import GrainRows, rows_of_store
from load.minimal import bare, open_model
from load.open_loop import Load, Measured, drive
from load.process import Listening, serving, starting
from load.swaps import Swapper

JSON = "Content-Type: application/json\r\n"
ARROW = (
    "Content-Type: application/vnd.apache.arrow.stream\r\n"
    "Accept: application/vnd.apache.arrow.stream\r\n"
)
PARTS = ("answers", "saturation", "swaps", "memory")
LONG = ("--deadline-ms", "20000")


def main() -> None:
    """Load, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("run", type=Path)
    parser.add_argument("--quick", action="store_true", help="A second or two for each figure.")
    parser.add_argument("--only", default=",".join(PARTS), help="Parts to measure.")
    parser.add_argument("--minutes", type=float, default=2.0, help="Of steady load, for memory.")
    chosen = parser.parse_args()
    seconds = 2.0 if chosen.quick else 8.0
    parts = chosen.only.split(",")
    with tempfile.TemporaryDirectory(prefix="banian-load-") as folder:
        run = shutil.copytree(chosen.run, Path(folder) / "run")
        model = open_model(run)
        rows = rows_of_store(model, run)
        print(f"{processor()}, {os.cpu_count()} cores, Python {platform.python_version()}")
        print(f"asked: {rows.grain}, all tasks: {', '.join(rows.tasks)}; one: {rows.tasks[0]}")
        if "answers" in parts:
            measure_answers(run, rows, seconds)
        one = tuple(rows.as_json(at, 1, ()) for at in range(200))
        if "saturation" in parts:
            measure_saturation(run, one, seconds)
        if "swaps" in parts:
            measure_swaps(run, one, 3 * seconds)
        if "memory" in parts:
            measure_memory(run, one, chosen.minutes)


def measure_answers(run: Path, rows: GrainRows, seconds: float) -> None:
    """Print a table: each size of a request, beside the bare networks and beside the smallest service around them."""
    print(
        "\n rows tasks form   bare ms   ms alone   ms full   per row  requests/s      rows/s"
        "   p50    p99  p99.9  of minimal   client ms"
    )
    model = open_model(run)
    for many in (1, 32, 500):
        least = minimal(run, rows, many, seconds)
        with serving(run, *LONG, "--queue", "1000") as service:
            for tasks in (rows.tasks[:1], rows.tasks):
                said = bare_ms(model, rows, many, tasks)
                for form in ("JSON", "Arrow"):
                    bodies, path, head = bodies_of(rows, many, tasks, form)
                    turn = Load(service.port, path, head, bodies, None, seconds, 1)
                    alone, cost = measured(service, turn)
                    full, cost_full = measured(service, again(turn, None, seconds, 16))
                    steady, _ = measured(service, again(turn, 0.6 * full.goodput, seconds, 64))
                    share = full.goodput / least if form == "JSON" and tasks == rows.tasks else None
                    print(
                        f"{many:5} {len(tasks):5} {form:6} {said:7.2f} {cost:10.2f} {cost_full:9.2f}"
                        f" {cost_full / many:9.3f} {full.goodput:11.1f} {full.goodput * many:11.0f}"
                        f" {steady.at(50):5.1f} {steady.at(99):6.1f} {steady.at(99.9):6.1f}"
                        f"  {'' if share is None else f'{share:.2f} ×':>10}"
                        f"  {1000 * full.processor / max(1, len(full.latencies)):10.2f}"
                    )
                    refuse_failures(alone, full, steady)
    print(
        "goals: one row ≤ 6 ms of processor; rows in batches ≤ 0.7 ms; at least 0.5 × the minimal service.\n"
        "bare: the networks with encoded features in hand, in process; ms alone: processor, one after another;\n"
        "ms full: with 16 at a time; p50, p99 and p99.9 in ms at 0.6 of the requests that were answered then."
    )


def minimal(run: Path, rows: GrainRows, many: int, seconds: float) -> float:
    """Say how many requests a second the minimal service answers, with features in hand and all tasks."""
    command = [sys.executable, "-m", "load.minimal", str(run), str(many)]
    os.environ["PYTHONPATH"] = os.pathsep.join([str(Path(__file__).parent), *sys.path[1:]])
    with starting(command) as service:
        bodies, _, head = bodies_of(rows, many, (), "JSON")
        turn = Load(service.port, "/predict", head, bodies, None, seconds, 16)
        measured(service, again(turn, None, 1.0, 4))
        found, cost = measured(service, turn)
    print(f"minimal service, {many} rows: {found.goodput:.1f} requests/s, {cost:.2f} ms each")
    return found.goodput


def measure_saturation(run: Path, bodies: tuple[bytes, ...], seconds: float) -> None:
    """Ask three times as much as can be answered."""
    with serving(run) as service:
        turn = Load(service.port, "/v1/predict", JSON, bodies, None, seconds, 32)
        measured(service, turn)
        peak, _ = measured(service, turn)
        beyond, _ = measured(service, again(turn, 3 * peak.goodput, 2 * seconds, 600))
    print(
        f"\nbeyond saturation: peak {peak.goodput:.0f}/s; asked {3 * peak.goodput:.0f}/s, answered "
        f"{beyond.goodput:.0f}/s = {beyond.goodput / peak.goodput:.2f} of the peak (goal 0.8); "
        f"{told(beyond.statuses)}; p50 {beyond.at(50):.0f} ms, p99 {beyond.at(99):.0f} ms"
        f"; {beyond.unsent} found no line"
    )
    others = set(beyond.statuses) - {200, 429, 504}
    print("only 200, 429 and 504" if not others else f"FAILED: {others}")


def measure_swaps(run: Path, bodies: tuple[bytes, ...], seconds: float) -> None:
    """Put another bundle into the run every two seconds, and a damaged one in between."""
    with serving(run, *LONG) as service:
        turn = Load(service.port, "/v1/predict", JSON, bodies, None, 2.0, 16)
        peak, _ = measured(service, turn)
        swapper = Swapper(run)
        thread = Thread(target=swapper.work, args=(seconds,))
        thread.start()
        load, _ = measured(service, again(turn, 0.4 * peak.goodput, seconds, 64))
        thread.join()
        changes = [
            line
            for line in service.get("/metrics").decode().splitlines()
            if line.startswith("banian_model_changes_total")
        ]
    print(
        f"\nswaps: {swapper.good} bundles and {swapper.bad} damaged ones in {seconds:.0f} s at "
        f"{0.4 * peak.goodput:.0f} requests/s; {', '.join(changes)}; {told(load.statuses)}; "
        f"p50 {load.at(50):.0f} ms, p99 {load.at(99):.0f} ms"
    )
    print("no request failed" if set(load.statuses) == {200} else "FAILED")


def measure_memory(run: Path, bodies: tuple[bytes, ...], minutes: float) -> None:
    """Ask for a long time, and see whether the process grows."""
    with serving(run, *LONG) as service:
        turn = Load(service.port, "/v1/predict", JSON, bodies, None, 2.0, 16)
        peak, _ = measured(service, turn)
        sizes: list[tuple[float, float]] = []
        step, begun = min(60.0, 6.0 * minutes), time.monotonic()
        statuses: Counter[int] = Counter()
        print(f"\nmemory at {0.5 * peak.goodput:.0f} requests/s:", end="", flush=True)
        while time.monotonic() - begun < 60 * minutes:
            found, _ = measured(service, again(turn, 0.5 * peak.goodput, step, 64))
            statuses += found.statuses
            sizes.append(((time.monotonic() - begun) / 60, service.size))
            print(f" {sizes[-1][1]:.0f}", end="", flush=True)
    kept = np.array(sizes[len(sizes) // 4 :])
    slope = np.polyfit(kept[:, 0], kept[:, 1], 1)[0] if len(kept) > 1 else 0.0
    print(f" MiB; slope {slope:+.2f} MiB a minute after the first quarter; {told(statuses)}")


def bodies_of(
    rows: GrainRows, many: int, tasks: tuple[str, ...], form: str
) -> tuple[tuple[bytes, ...], str, str]:
    """Give bodies of requests, the path to send them to, and headers."""
    starts = range(0, 20 * max(many, 10), max(many, 10))
    if form == "JSON":
        return tuple(rows.as_json(at, many, tasks) for at in starts), "/v1/predict", JSON
    path = f"/v1/predict?tasks={','.join(tasks)}"
    return tuple(rows.as_arrow(at, many) for at in starts), path, ARROW


def bare_ms(model: object, rows: GrainRows, many: int, tasks: tuple[str, ...]) -> float:
    """Measure the least milliseconds of the processor that the networks alone take."""
    answer, least = bare(model, rows, many, tasks), np.inf
    for _ in range(20):
        begun = time.thread_time()
        answer()
        least = min(least, time.thread_time() - begun)
    return 1000 * float(least)


def measured(service: Listening, load: Load) -> tuple[Measured, float]:
    """Drive a load; give as well the milliseconds of the processor that the service took for each answer."""
    before = service.processor
    found = drive(load)
    answered = sum(found.statuses.values())
    return found, 1000 * (service.processor - before) / max(1, answered)


def again(load: Load, rate: float | None, seconds: float, lines: int) -> Load:
    """Give the same load at another rate."""
    return Load(load.port, load.path, load.head, load.bodies, rate, seconds, lines)


def refuse_failures(*several: Measured) -> None:
    """Stop where anything but 200 was said, since a figure would be none."""
    for one in several:
        if set(one.statuses) - {200}:
            raise SystemExit(f"not all were answered: {told(one.statuses)}")


def told(statuses: Counter[int]) -> str:
    """Write statuses."""
    return ", ".join(f"{count} × {status or 'lost'}" for status, count in sorted(statuses.items()))


def processor() -> str:
    """Name the processor."""
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()


if __name__ == "__main__":
    main()
