"""Commands that may follow a run."""

import shlex
from collections.abc import Sequence

from banian.report.result import TaskResult
from banian.report.run import Run


def next_commands(run: Run, results: Sequence[TaskResult]) -> dict[str, str]:
    """Give commands that follow from this run: why → what to type."""
    folder = shlex.quote(str(run.folder))
    commands = {
        "Use the model": f"banian predict {folder} --data FOLDER --output predictions.parquet"
    }
    unsure = [result.task for result in results if not result.better]
    if unsure:
        tasks = ", ".join(unsure)
        commands[f"See how many labels there were to learn {tasks} from"] = (
            "banian check SPEC --data FOLDER"
        )
    return commands
