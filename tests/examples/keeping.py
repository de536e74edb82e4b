"""Examples sent through the disk."""

import tempfile
from dataclasses import fields
from pathlib import Path

import numpy as np
import pyarrow as pa

from banian.examples import Examples, GrainExamples, load_examples, save_examples


def kept(examples: Examples) -> Examples:
    """Write examples, read them back, and see that they are the same."""
    with tempfile.TemporaryDirectory() as folder:
        save_examples(examples, Path(folder))
        again = load_examples(Path(folder))
    assert_same(examples, again)
    return again


def assert_same(one: Examples, other: Examples) -> None:
    assert one.reach == other.reach
    assert list(one.grains) == list(other.grains)
    for name, rows in one.grains.items():
        again = other.grains[name]
        for field in fields(GrainExamples):
            here, there = getattr(rows, field.name), getattr(again, field.name)
            if isinstance(here, np.ndarray):
                assert here.dtype == there.dtype
                np.testing.assert_array_equal(here, there)
            elif isinstance(here, pa.Table | pa.Array):
                assert here.equals(there)
            elif field.name == "entities":
                assert list(here) == list(there)
                for entity, seen in here.items():
                    np.testing.assert_array_equal(seen.present, there[entity].present)
                    assert seen.columns.schema == there[entity].columns.schema
                    assert len(seen.columns) == len(there[entity].columns)
                    for column in seen.columns.column_names:
                        assert seen.columns[column].equals(there[entity].columns[column])
                    assert list(seen.sequences) == list(there[entity].sequences)
                    for path, lists in seen.sequences.items():
                        assert lists.equals(there[entity].sequences[path])
                    assert seen.links == there[entity].links
                    assert seen.ids == there[entity].ids
            else:
                assert here == there
