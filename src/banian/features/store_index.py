"""The index of a store: the segments that answer, the newest last, and what lies in each of them."""

import hashlib
import json
import shlex
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal, TypeAlias, final

from banian.errors import BundleError
from banian.features.asked_row import AskFacts
from banian.features.plan import Types
from banian.schema import ColumnType
from banian.spec import ShopSpec
from banian.storage import new_file, reason_of

INDEX = "store.json"
"""File that says what lies in the other files of a store."""
FORMAT = 3
"""Of the files; another release may write others."""
TABLES = "tables"
"""Folder of a segment that holds its rows, one Parquet file for each table."""
Place: TypeAlias = tuple[str, str, str, str]
"""What a part is, the same in every segment: kind, entity, path, and when its columns become known."""


@final
@dataclass(frozen=True)
class StoredPart:
    """What a segment keeps of one kind for some keys.

    Args:
        kind: which files these are.
        entity: whose keys they have; of `lookup`, the table whose rows look something up.
        path: how events or descriptions reach the entity; empty for the entity's own rows. Of `windows`, what they
            read; of `lookup`, the column that is looked up.
        known: when the columns of events become known; empty for others.
        facts: what else the reader of this kind must know.
        rows: how many rows of numbers there are.
        width: how many numbers to a row.
        replaced: how many rows of earlier segments no longer answer, since this one has their keys.

    """

    kind: Literal["attributes", "static", "events", "windows", "lookup"]
    entity: str
    path: str = ""
    known: str = ""
    facts: Mapping[str, Any] = field(default_factory=dict)
    rows: int = 0
    width: int = 0
    replaced: int = 0

    @property
    def place(self) -> Place:
        """What it is a part of."""
        return self.kind, self.entity, self.path, self.known


@final
@dataclass(frozen=True)
class Segment:
    """What was written at once, and is never changed.

    Args:
        name: the folder of the store in which it lies; each part has a folder in it, called by its number.
        parts: what it keeps, each for the keys that had changed.
        tables: the tables of which it has rows → how many.

    """

    name: str
    parts: tuple[StoredPart, ...]
    tables: Mapping[str, int]


@final
@dataclass(frozen=True)
class StoreIndex:
    """What a store consists of.

    Args:
        declared: sum of the spec and the types for which it was built.
        types: table → column → how its values are held.
        aside: how many rows were set aside since it was built.
        segments: the newest last; a key that one of them knows is not looked for in those before it.
        asks: what is known of asks.
        applied: number of the newest event in the log of the run that the segments hold.

    """

    declared: str
    types: Mapping[str, Mapping[str, ColumnType]]
    aside: int
    segments: tuple[Segment, ...]
    asks: AskFacts
    applied: int = 0

    def write(self, folder: Path) -> None:
        """Put it into the folder of a store, in the place of the one there."""
        with new_file(folder / INDEX) as partial:
            partial.write_text(json.dumps({"format": FORMAT, **asdict(self)}), encoding="utf-8")

    def size(self) -> tuple[int, int]:
        """Count the numbers in the rows of all parts, and those among them that no longer answer."""
        parts = [part for segment in self.segments for part in segment.parts]
        every = sum(part.rows * part.width for part in parts)
        return every, sum(part.replaced * part.width for part in parts)


@final
@dataclass(frozen=True)
class StoreSize:
    """How large a store is.

    Args:
        events: rows of events that answer; one event has a row for each entity that sees it.
        tables: bytes of the rows that it keeps so that others can be appended.
        total: bytes of all of its files.

    """

    events: int
    tables: int
    total: int


def read_index(folder: Path) -> StoreIndex:
    """Read the index of a store.

    Raises:
        BundleError: there is no store, it is damaged, or another release wrote it.

    """
    try:
        told = json.loads((folder / INDEX).read_text(encoding="utf-8"))
    except (FileNotFoundError, NotADirectoryError):
        if folder.is_dir() and any(folder.iterdir()):
            raise damaged(folder, f"{INDEX} is not there") from None
        raise BundleError(
            f"{folder.parent} holds no store yet: there is no {folder.name}/{INDEX} in it.",
            remedy=f"Build it: {say_build(folder)}",
        ) from None
    except (OSError, ValueError) as error:
        raise damaged(folder, f"{INDEX} cannot be read: {reason_of(error)}") from None
    if isinstance(told, dict) and "format" in told and told["format"] != FORMAT:
        raise BundleError(
            f"{folder} has format {told['format']}, and this release reads {FORMAT}.",
            remedy=f"Build it anew: {say_build(folder)}",
        )
    try:
        return _index_of(told)
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise damaged(folder, f"{INDEX} does not say what a store has to: {error!r}") from None


def damaged(folder: Path, what: str) -> BundleError:
    """Make the error that a store is damaged; `what` is wrong with it."""
    return BundleError(
        f"The store {folder} is damaged: {what}.",
        remedy=f"Build it anew from all rows: {say_build(folder)}",
    )


def _index_of(told: Mapping[str, Any]) -> StoreIndex:
    types = {
        table: {name: ColumnType(**kind) for name, kind in columns.items()}
        for table, columns in told["types"].items()
    }
    segments = tuple(
        Segment(
            one["name"], tuple(StoredPart(**part) for part in one["parts"]), dict(one["tables"])
        )
        for one in told["segments"]
    )
    asks = AskFacts.from_dict(told["asks"])
    return StoreIndex(
        told["declared"], types, told["aside"], segments, asks, told.get("applied", 0)
    )


def say_build(folder: Path) -> str:
    """Write the command that builds a store: it lies in a run; where all rows are is for the user to say."""
    return f"banian store {shlex.quote(str(folder.parent))} --data DIR"


def refuse_other(folder: Path, index: StoreIndex, spec: ShopSpec, types: Types) -> None:
    """Refuse a store of another spec.

    Raises:
        BundleError: the store was built for another spec, or for columns of other types.

    """
    if index.declared != sum_declared(spec, types):
        raise BundleError(
            f"{folder} was built for another spec, or for columns of other types.",
            remedy=f"Build it anew: {say_build(folder)}",
        )


def read_store_size(folder: Path) -> StoreSize:
    """Measure a store.

    Raises:
        BundleError: there is none.

    """
    parts = [part for segment in read_index(folder).segments for part in segment.parts]
    events = sum(part.rows - part.replaced for part in parts if part.kind == "events")
    sizes = {path: path.stat().st_size for path in _files_of(folder)}
    tables = sum(size for path, size in sizes.items() if path.parent.name == TABLES)
    return StoreSize(events, tables, sum(sizes.values()))


def sum_declared(spec: ShopSpec, types: Types) -> str:
    """Sum what decides which features there are: another sum, and the rows of a store mean something else.

    How names and numbers are held, and how fine decimals are, is for each file to say.
    """
    kinds = {
        table: {c: _meaning_of(kind) for c, kind in columns.items() if kind.kind != "other"}
        for table, columns in types.items()
    }
    told = json.dumps(kinds, sort_keys=True) + spec.model_dump_json(include={"tables", "tasks"})
    return hashlib.sha256(told.encode()).hexdigest()


def _meaning_of(kind: ColumnType) -> str:
    if kind.is_name:
        return "name"
    return "number" if kind.is_number else kind.kind


def _files_of(folder: Path) -> Iterator[Path]:
    return (path for path in folder.rglob("*") if path.is_file())
