"""Features at scale: many events, two entities, three cutoffs, by the package and by plain SQL.

    python benchmarks/features.py --events 50000000 --memory 4

Generates an event table (kept in --folder for the next time) and builds examples of every customer and product at three
cutoffs, what was known of them and what they did next: once through the package and once by one hand-written script for
DuckDB, each in a process of its own. Prints seconds, rows per second and the peak of resident memory. Both give labels,
levels, windows, spreads, gaps, newest values and sequences; the script leaves out trends and shares of negatives.
`--quick` takes 300,000 events.
"""

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path

from scale.events import write_events

_HERE = Path(__file__).parent


def main() -> None:
    """Generate, measure both, print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--events", type=int, default=5_000_000)
    parser.add_argument("--memory", type=float, default=4.0, help="GiB that the engine may hold")
    parser.add_argument("--folder", type=Path, help="where the events lie, or are to lie")
    parser.add_argument("--quick", action="store_true", help="300,000 events")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    chosen = parser.parse_args()
    events = 300_000 if chosen.quick else chosen.events
    with tempfile.TemporaryDirectory(prefix="banian-scale-") as name:
        folder = chosen.folder or Path(name)
        write_events(folder, events)
        found = {
            way: measure(way, folder, events, chosen.memory) for way in ("package", "plain_sql")
        }
    ratio = found["package"]["seconds"] / found["plain_sql"]["seconds"]
    if chosen.json:
        print(json.dumps(found | {"events": events, "ratio": ratio}))
        return
    print(
        f"{'':<12}{'read s':>9}{'features s':>12}{'CPU s':>8}{'events/s':>12}{'asks':>12}{'numbers':>9}{'GiB':>7}"
    )
    for way, took in found.items():
        speed = 2 * events / took["seconds"]  # each event is seen by a customer and by a product
        row = f"{way:<12}{took['read']:>9.1f}{took['seconds']:>12.1f}{took['cpu']:>8.1f}{speed:>12,.0f}"
        print(f"{row}{took['asks']:>12,}{took['numbers']:>9}{took['gib']:>7.2f}")
    print(f"package / plain SQL: {ratio:.2f}")


def measure(way: str, folder: Path, events: int, memory: float) -> dict[str, float]:
    """Run one of the two in a process of its own."""
    command = [sys.executable, _HERE / "scale" / f"{way}.py", folder, str(events), str(memory)]
    said = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
    return json.loads(said.splitlines()[-1])


if __name__ == "__main__":
    main()
