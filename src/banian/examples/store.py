"""Examples on disk: Arrow files that are mapped into memory when read back."""

import json
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.feather as feather

from banian.examples.examples import Examples, GrainExamples
from banian.examples.reach import Reach
from banian.features import EntityFeatures

_INDEX = "examples.json"
_PER_TASK = ("asked", "label", "matured_at", "level")


def save_examples(examples: Examples, folder: Path) -> None:
    """Write examples into an empty folder."""
    for at, rows in enumerate(examples.grains.values()):
        columns = {"cluster": rows.cluster, "cutoff": rows.cutoff, "scene": rows.scene}
        for name in _PER_TASK:
            values = getattr(rows, name)
            columns |= {f"{name} {task}": values[:, task] for task in range(len(rows.tasks))}
        if rows.weight is not None:
            columns |= {f"weight {task}": rows.weight[:, task] for task in range(len(rows.tasks))}
        columns |= {f"items {rows.tasks.index(task)}": lists for task, lists in rows.items.items()}
        columns |= {f"seen {rows.tasks.index(task)}": lists for task, lists in rows.seen.items()}
        columns |= {f"had {rows.tasks.index(task)}": lists for task, lists in rows.had.items()}
        for place, seen in enumerate(rows.entities.values()):
            columns[f"present {place}"] = seen.present
            if seen.ids is not None:
                columns[f"id {place}"] = seen.ids
            _write(seen.columns, folder / f"{at}-{place}.arrow")
            for number, lists in enumerate(seen.sequences.values()):
                _write(lists, folder / f"{at}-{place}-sequence-{number}.arrow")
        _write(
            pa.table({name: pa.array(c) for name, c in columns.items()}),
            folder / f"{at}-rows.arrow",
        )
        _write(rows.keys, folder / f"{at}-keys.arrow")
        _write(pa.table({"key": rows.clusters}), folder / f"{at}-clusters.arrow")
        for task, classes in rows.classes.items():
            _write(
                pa.table({"class": classes}),
                folder / f"{at}-classes-{rows.tasks.index(task)}.arrow",
            )
    index = {
        "reach": {
            task: {
                "tables": reach.tables,
                "until": reach.until.isoformat(),
                "cutoff": reach.cutoff.isoformat(),
            }
            for task, reach in examples.reach.items()
        },
        "grains": [
            {
                "grain": rows.grain,
                "tasks": rows.tasks,
                "entities": list(rows.entities),
                "sequences": [list(seen.sequences) for seen in rows.entities.values()],
                "links": [dict(seen.links) for seen in rows.entities.values()],
                "contents": [dict(seen.contents) for seen in rows.entities.values()],
                "named": [rows.tasks.index(task) for task in rows.classes],
                "listed": [rows.tasks.index(task) for task in rows.items],
                "seen": [rows.tasks.index(task) for task in rows.seen],
                "had": [rows.tasks.index(task) for task in rows.had],
                "weighted": rows.weight is not None,
                "endless": dict(rows.endless),
            }
            for rows in examples.grains.values()
        ],
    }
    (folder / _INDEX).write_text(json.dumps(index), encoding="utf-8")


def load_examples(folder: Path) -> Examples:
    """Read what `save_examples` wrote."""
    index = json.loads((folder / _INDEX).read_text(encoding="utf-8"))
    grains = (_load_grain(folder, at, tree) for at, tree in enumerate(index["grains"]))
    reach = {
        task: Reach(
            tuple(tree["tables"]),
            datetime.fromisoformat(tree["until"]),
            datetime.fromisoformat(tree["cutoff"]),
        )
        for task, tree in index["reach"].items()
    }
    return Examples({rows.grain: rows for rows in grains}, reach)


def _load_grain(folder: Path, at: int, tree: dict[str, Any]) -> GrainExamples:
    read = _read(folder / f"{at}-rows.arrow")
    tasks = tuple(tree["tasks"])
    per_task = {
        name: np.stack([_values(read, f"{name} {task}") for task in range(len(tasks))], axis=1)
        for name in (*_PER_TASK, *(("weight",) if tree["weighted"] else ()))
    }
    entities = {}
    for place, name in enumerate(tree["entities"]):
        columns = _read(folder / f"{at}-{place}.arrow")
        if not columns.column_names:
            columns = read.select([])  # no column, but so many rows
        sequences = {
            path: _read(folder / f"{at}-{place}-sequence-{number}.arrow")
            for number, path in enumerate(tree["sequences"][place])
        }
        present, is_named = _values(read, f"present {place}"), f"id {place}" in read.column_names
        ids = read[f"id {place}"].combine_chunks() if is_named else None
        links, contents = tree["links"][place], tree["contents"][place]
        entities[name] = EntityFeatures(present, columns, sequences, ids, links, contents)
    return GrainExamples(
        grain=tree["grain"],
        tasks=tasks,
        keys=_read(folder / f"{at}-keys.arrow"),
        cluster=_values(read, "cluster"),
        clusters=_read(folder / f"{at}-clusters.arrow")["key"].combine_chunks(),
        cutoff=_values(read, "cutoff"),
        scene=read["scene"].combine_chunks(),
        entities=entities,
        classes={
            tasks[task]: _read(folder / f"{at}-classes-{task}.arrow")["class"].combine_chunks()
            for task in tree["named"]
        },
        items={tasks[task]: read[f"items {task}"].combine_chunks() for task in tree["listed"]},
        seen={tasks[task]: read[f"seen {task}"].combine_chunks() for task in tree["seen"]},
        had={tasks[task]: read[f"had {task}"].combine_chunks() for task in tree["had"]},
        endless=tree["endless"],
        **per_task,
    )


def _values(read: pa.Table, name: str) -> np.ndarray:
    return read[name].to_numpy()


def _write(table: pa.Table, path: Path) -> None:
    # Uncompressed, so that it can be mapped; as one chunk, since each would hold all events of the lists again.
    feather.write_feather(
        table.combine_chunks(), str(path), compression="uncompressed", chunksize=max(len(table), 1)
    )


def _read(path: Path) -> pa.Table:
    return feather.read_table(str(path), memory_map=True)
