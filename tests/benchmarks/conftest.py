"""Benchmarks are scripts: what they import lies beside them."""

import sys
from pathlib import Path

HERE = Path(__file__).parent

sys.path[:0] = [str(HERE), str(HERE.parents[1] / "benchmarks")]
