"""Runs and truths on disk as fit and simulate would leave them, made up without training."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from banian.evaluation import measure
from banian.spec import ShopSpec
from banian.storage import write_sums

ROWS = 300
CLICKED = {"rows": "views", "label": "clicked"}
SPEND = {
    "for_each": "customers",
    "label": {"aggregate": "sum", "of": "views.price", "within": "7d"},
}
TASKS: dict[str, dict[str, Any]] = {"click": CLICKED, "spend": SPEND}


def write_run(
    folder: Path,
    tasks: Mapping[str, Mapping[str, Any]] = TASKS,
    *,
    labels: Mapping[str, np.ndarray] | None = None,
    is_labelled: bool = True,
    epochs: int = 5,
) -> Path:
    """Write a run whose binary tasks are judged on labels where these are not NaN, others on amounts."""
    spec = ShopSpec.model_validate(
        {
            "shop": "corner-shop",
            "tables": {
                "views": {
                    "source": "views.csv",
                    "key": "view_id",
                    "time": "at",
                    "scene": "place",
                    "links": {"customer_id": "customers"},
                },
                "customers": {"source": "customers.csv", "key": "customer_id"},
            },
            "tasks": tasks,
            "split": {"valid": "2025-05-01", "test": "2025-06-01"},
        }
    )
    parts, scores, label_counts = [], {}, {}
    for name, task in spec.tasks.items():
        kind = "binary" if hasattr(task, "rows") else "amount"
        label = (labels or {}).get(name, draw_label() if kind == "binary" else draw_probability())
        value = np.clip(draw_probability() ** 1.2 * 0.9, 0.01, 0.99)
        parts.append(_predictions(name, kind, label, value))
        scores[name] = _score(
            kind, task.metric or ("auc" if kind == "binary" else "mae"), label, value
        )
        label_counts[name] = {"kind": kind, "grain": task.grain, "mean": 0.25}
    _write_bundle(folder / "bundle", spec, scores, label_counts)
    predictions = pa.concat_tables(parts)
    kept = predictions if is_labelled else predictions.drop(["label"])
    pq.write_table(kept, folder / "test_predictions.parquet")
    (folder / "log.jsonl").write_text("".join(_log(list(spec.tasks), epochs)))
    return folder


def write_truth(folder: Path, *parts: Mapping[str, Any]) -> Path:
    """Write a truth; each part says label, and if need be table, given, probability, value, key."""
    folder.mkdir(parents=True, exist_ok=True)
    schema = pa.schema(
        [(name, pa.dictionary(pa.int32(), pa.string())) for name in ("table", "label", "given")]
        + [("key", pa.int64()), ("probability", pa.float64()), ("value", pa.bool_())]
    )
    tables = []
    for part in parts:
        rows = {
            "table": "views",
            "given": None,
            "key": np.arange(ROWS),
            "probability": draw_probability(),
            "value": draw_label() == 1,
        } | dict(part)
        count = len(rows["key"])
        columns = {
            name: rows[name] if name in ("key", "probability", "value") else [rows[name]] * count
            for name in schema.names
        }
        tables.append(pa.table({n: pa.array(c, schema.field(n).type) for n, c in columns.items()}))
    pq.write_table(pa.concat_tables(tables, promote_options="permissive"), folder / "truth.parquet")
    return folder


def draw_probability() -> np.ndarray:
    return np.random.Generator(np.random.PCG64(1)).beta(1, 3, ROWS)


def draw_label() -> np.ndarray:
    return (np.random.Generator(np.random.PCG64(2)).random(ROWS) < draw_probability()).astype(float)


def change_card(run: Path, **parts: Any) -> None:
    """Change parts of the card, and the sums with it."""
    path = run / "bundle" / "card.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | parts))
    write_sums(run / "bundle")


def _predictions(task: str, kind: str, label: np.ndarray, value: np.ndarray) -> pa.Table:
    rows = len(label)
    is_row = kind == "binary"
    return pa.table(
        {
            "task": pa.array([task] * rows),
            "view_id": pa.array(np.arange(rows), mask=np.full(rows, not is_row)),
            "customer_id": pa.array(np.arange(rows), mask=np.full(rows, is_row)),
            "cutoff": pa.array(np.full(rows, np.datetime64("2025-06-01", "us"))),
            "scene": pa.array(
                [("home", "search", "cart")[row % 3] if is_row else None for row in range(rows)],
                pa.string(),
            ),
            "value": value,
            "lower": pa.nulls(rows, pa.float64()),
            "upper": pa.nulls(rows, pa.float64()),
            "label": pa.array(label, from_pandas=True),
        }
    )


def _score(kind: str, metric: str, label: np.ndarray, value: np.ndarray) -> dict[str, Any]:
    known = ~np.isnan(label)
    label, value = label[known], value[known]
    same, weight = np.full(len(label), 0.25), np.ones(len(label))
    found = measure(metric, label, value, weight)
    return {
        "kind": kind,
        "metric": metric,
        "value": found,
        "interval": [found * 0.95, found * 1.05],
        "constant": measure(metric, label, same, weight),
        "better": True,
        "rows": len(label),
        "positives": None,
        "metrics": {},
    }


def _write_bundle(folder: Path, spec: ShopSpec, scores: object, label_counts: object) -> None:
    folder.mkdir(parents=True)
    table = {
        "read": 700,
        "kept": 690,
        "rejected": {"no time": 10},
        "noticed": {"negative price": 3},
    }
    card = {
        "shop": spec.shop,
        "tables": {
            "views": table | {"first": "2025-01-01T00:00:00", "last": "2025-06-30T12:00:00"},
            "customers": table | {"rejected": {}, "noticed": {}, "first": None, "last": None},
        },
        "labels": label_counts,
        "scores": scores,
        "training": {"seed": 0, "steps": dict.fromkeys(spec.tasks, 30)},
        "versions": {"python": "3.11.9", "banian": "0.1.0"},
    }
    (folder / "card.json").write_text(json.dumps(card))
    (folder / "spec.json").write_text(spec.model_dump_json(by_alias=True))
    write_sums(folder)


def _log(tasks: list[str], epochs: int) -> list[str]:
    events: list[dict[str, Any]] = [{"event": "start", "phase": "select", "steps": epochs * 40}]
    for step in range(10, epochs * 40 + 1, 10):
        epoch = step / 40
        train = dict.fromkeys(tasks, 1 - 0.3 * (1 - 0.6**epoch))
        valid = dict.fromkeys(tasks, 1 - 0.2 * (1 - 0.4**epoch) + 0.01 * epoch)
        events.append(
            {
                "event": "score",
                "phase": "select",
                "step": step,
                "epoch": epoch,
                "train_loss": train,
                "valid_loss": valid,
            }
        )
    return [json.dumps(event) + "\n" for event in events]
