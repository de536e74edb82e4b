"""Lets the tests of this folder import made_runs, the plain module that makes up what a run leaves on disk."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "report"))
