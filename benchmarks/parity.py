"""Many random shops, each asked from its tables, from its store and by a loop over every row: all say the same.

    python benchmarks/parity.py [--shops 2000] [--seed N]

Draws forms of shops, with many shops of each form side by side, from another seed each time, and runs what `make test`
does on 204 of them: features and sequences, trailing levels and past items, conditions, stores to which rows were
appended, and futures that are planted and must change nothing. Ends with 1, and what differs, where anything does.
"""

import argparse
import os
import secrets
import subprocess
import sys
from pathlib import Path

TEST = Path(__file__).parents[1] / "tests" / "examples" / "test_parity.py"
SHOPS = 204
"""How many the test draws of itself."""


def main() -> None:
    """Run the tests with more draws; print how many shops were held against each other."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--shops", type=int, default=2000, help="at least")
    parser.add_argument("--seed", type=int, help="repeats a run; else another each time")
    chosen = parser.parse_args()
    times = max(2, -(-chosen.shops // SHOPS))
    seed = secrets.randbelow(2**32) if chosen.seed is None else chosen.seed
    print(
        f"{times * SHOPS:,} shops, half of them at each grain; --seed {seed} repeats this run",
        flush=True,
    )
    command = [sys.executable, "-m", "pytest", "-q", f"--hypothesis-seed={seed}", TEST]
    alone = os.environ | {"BANIAN_PARITY_TIMES": str(times), "OMP_NUM_THREADS": "1"}
    found = subprocess.run(command, env=alone, check=False).returncode
    spent = os.times()
    took = spent.children_user + spent.children_system
    print(f"{'a difference was found' if found else 'no difference'}; {took:.0f} s of processor")
    sys.exit(found)


if __name__ == "__main__":
    main()
