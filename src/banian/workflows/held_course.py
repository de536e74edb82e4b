"""The course that a run with a budget has chosen, kept beside its checkpoints: resumed, it goes on by the same."""

import json
from collections.abc import Callable
from pathlib import Path

from banian.errors import RunError
from banian.selection.budget import Course
from banian.spec import TrainSpec
from banian.storage import new_file, reason_of


def hold_course(path: Path, choose: Callable[[], Course], *, resume: bool) -> Course:
    """Read the course that a run to be resumed had chosen; else choose one, and write it.

    Raises:
        RunError: the file cannot be written, or is no course.

    """
    if resume and path.exists():
        try:
            tree = json.loads(path.read_text(encoding="utf-8"))
            train = TrainSpec.model_validate(tree["train"])
            return Course(train, tuple(tree["serve_with"]), tree["left_out"])
        except (ValueError, KeyError) as error:
            raise RunError(
                f"{path} is damaged: {error}.",
                remedy="Remove it, and start anew with the same command without --resume.",
            ) from None
    course = choose()
    tree = {
        "train": course.train.model_dump(mode="json"),
        "serve_with": list(course.serve_with),
        "left_out": dict(course.left_out),
    }
    try:
        with new_file(path) as partial:
            partial.write_text(json.dumps(tree), encoding="utf-8")
    except OSError as error:
        raise RunError(
            f"Cannot write {path}: {reason_of(error)}.",
            remedy="Make room, or choose another --out.",
        ) from None
    return course
