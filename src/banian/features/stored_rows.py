"""Rows of 64-bit numbers in a file, those of one key together: mapped into memory, found by key in microseconds.

A float is stored as its bits, a text as its place among the column's texts, an instant as its tick.
"""

import json
import os
from collections.abc import Iterable, Mapping, Sequence
from copy import copy
from pathlib import Path
from typing import TypeAlias, TypeVar, final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.feather as feather
from jaxtyping import Bool, Int64

from banian.features.stored_keys import Keys
from banian.storage import save_array

Field: TypeAlias = tuple[str | int | None, ...]
"""Names a number of every row; what it consists of is for those to say who write it."""
NEVER = np.iinfo(np.int64).min
"""Tick of what never is."""
_FEW = 8
"""Texts that are faster taken one by one than all at once."""
_HELD = 2**26
"""Bytes that a writer holds before it writes them."""
Rows = TypeVar("Rows", bound=np.ndarray)
_INDEX, _ROWS, _KEYS = "index.json", "rows.i64", "keys.npy"


@final
class StoredRows:
    """Rows that were written, found by key.

    Args:
        folder: where they lie.

    """

    def __init__(self, folder: Path) -> None:
        written = (folder / _INDEX).stat()
        self.mark: object = written.st_dev, written.st_ino, written.st_mtime_ns
        """Equal where the same rows were opened twice."""
        index = json.loads((folder / _INDEX).read_text(encoding="utf-8"))
        self.places: dict[Field, int] = {
            tuple(field): at for at, field in enumerate(index["fields"])
        }
        """Field → its place in a row."""
        shape = (index["rows"], len(self.places))
        self.rows = np.zeros(shape, np.int64)
        if self.rows.size:
            self.rows = np.asarray(np.memmap(folder / _ROWS, np.int64, "r", shape=shape))
        self._salt = index["salt"]
        keys = np.load(folder / _KEYS, mmap_mode="r")
        self._hash, self._start, self._length = (
            np.asarray(keys[name]) for name in keys.dtype.names
        )
        self.texts = {
            tuple(field): feather.read_table(str(folder / f"texts-{at}.arrow"))[
                "text"
            ].combine_chunks()
            for at, field in enumerate(index["texts"])
        }
        """Field of texts → the texts that its numbers stand for."""

    def find(self, keys: Keys) -> tuple[Int64[np.ndarray, " key"], Int64[np.ndarray, " key"]]:
        """Give where the rows of each key start, and how many there are: none of unknown keys."""
        if not len(self._hash):
            return np.zeros(len(keys), np.int64), np.zeros(len(keys), np.int64)
        at, is_there = self._places(keys)
        return self._start[at] * is_there, self._length[at] * is_there

    def knows(self, keys: Keys) -> Bool[np.ndarray, " key"]:
        """Say which keys were written, be it with no rows."""
        return self._places(keys)[1] if len(self._hash) else np.zeros(len(keys), bool)

    def _places(self, keys: Keys) -> tuple[Int64[np.ndarray, " key"], Bool[np.ndarray, " key"]]:
        hashes = keys.hashes(self._salt)
        at = np.minimum(self._hash.searchsorted(hashes), len(self._hash) - 1)
        return at, (self._hash[at] == hashes) & keys.are_valid

    def take(
        self, position: Int64[np.ndarray, " ask"], is_there: Bool[np.ndarray, " ask"]
    ) -> Int64[np.ndarray, "ask field"]:
        """Read the rows at some positions; 0 where there is none."""
        found = np.zeros((len(position), len(self.places)), np.int64)
        found[is_there] = self.rows[position[is_there]]
        return found

    def floats(self, rows: Int64[np.ndarray, "row field"], field: Field) -> np.ndarray:
        """Give a field of floats; NaN where nothing is known."""
        return np.ascontiguousarray(rows[:, self.places[field]]).view(np.float64)

    def words(
        self,
        rows: Int64[np.ndarray, "row field"],
        field: Field,
        where: Bool[np.ndarray, " row"] | None = None,
    ) -> pa.Array:
        """Give a field of texts; null where nothing is known, and but for the rows of `where`, where it is given."""
        codes, texts = rows[:, self.places[field]], self.texts[field]
        hidden = (codes < 0) | (codes >= len(texts))
        hidden = hidden if where is None else hidden | ~where
        if len(codes) <= _FEW:
            pairs = zip(codes.tolist(), hidden.tolist(), strict=True)
            return pa.array([None if none else texts[at].as_py() for at, none in pairs], texts.type)
        return texts.take(pa.array(codes, mask=hidden))


def merge_rows(layers: Sequence[StoredRows]) -> StoredRows | None:
    """Make one of several layers, the newest first, in memory; none where their keys do not compare.

    A key has the rows of the newest layer that knows it.
    """
    newest = layers[0]
    if any(one._salt != newest._salt for one in layers):
        return None
    every = np.concatenate([one._hash for one in layers])
    hashes, place = np.unique(every, return_index=True)  # the first is the newest
    start = np.concatenate([one._start for one in layers])[place]
    length = np.concatenate([one._length for one in layers])[place]
    layer = np.repeat(np.arange(len(layers)), [len(one._hash) for one in layers])[place]
    fields = list(dict.fromkeys(field for one in layers for field in one.places))
    texts = {
        field: pc.unique(pa.concat_arrays([o.texts[field] for o in layers if field in o.texts]))
        for field in fields
        if any(field in one.texts for one in layers)
    }
    rows = np.zeros((int(length.sum()), len(fields)), np.int64)
    starts, done = np.zeros(len(hashes), np.int64), 0
    for at, one in enumerate(layers):
        here = np.flatnonzero(layer == at)
        many, first = length[here], start[here]
        ends = np.cumsum(many)
        count = int(many.sum())
        part = one.rows[np.arange(count) + np.repeat(first - ends + many, many)]
        for field in one.texts:
            column = one.places[field]
            moved = pc.index_in(one.texts[field], texts[field]).to_numpy()
            part[:, column] = np.append(moved, -1)[np.maximum(part[:, column], -1)]
        columns = [fields.index(field) for field in one.places]
        if columns == list(range(len(fields))):
            rows[done : done + count] = part
        else:
            rows[done : done + count, columns] = part
        starts[here] = done + ends - many
        done += count
    found = copy(newest)
    found.mark = object()
    found.places = {field: at for at, field in enumerate(fields)}
    found.rows, found.texts = rows, texts
    found._hash, found._start, found._length = hashes, starts, length
    return found


@final
class RowsWriter:
    """Writes rows, some keys at a time, into an empty folder.

    Args:
        folder: where to.

    """

    def __init__(self, folder: Path) -> None:
        folder.mkdir()
        self._folder = folder
        self._parts: list[tuple[int, list[Field]]] = []
        self._held: dict[int, np.ndarray] = {}
        self._room = _HELD
        self._keys: list[pa.Array] = []
        self._lengths: list[np.ndarray] = []
        self._codes: dict[Field, dict[str, int]] = {}

    def add(
        self,
        keys: pa.Array,
        lengths: Int64[np.ndarray, " key"],
        numbers: Mapping[Field, np.ndarray],
        texts: Mapping[Field, pa.Array] | None = None,
    ) -> None:
        """Add the rows of some keys, those of a key together, in the order of the keys."""
        columns = {field: np.ascontiguousarray(v).view(np.int64) for field, v in numbers.items()}
        for field, words in (texts or {}).items():
            columns[field] = self._code(field, words)
        rows = int(lengths.sum())
        block = np.empty((rows, len(columns)), np.int64)
        for at, values in enumerate(columns.values()):
            block[:, at] = values
        self._room -= block.nbytes
        if self._room > 0:
            self._held[len(self._parts)] = block
        else:
            save_array(block, self._folder / f"part-{len(self._parts)}.npy")
        self._parts.append((rows, list(columns)))
        self._keys.append(keys)
        self._lengths.append(lengths)

    def add_absent(self, wanted: pa.Array | None, there: pa.Array) -> None:
        """Add the keys among some that were not added yet, without rows, so that nothing older answers for them."""
        if wanted is not None:
            gone = wanted.filter(pc.invert(pc.is_in(wanted, there)))
            self.add(gone, np.zeros(len(gone), np.int64), {})

    def close(self) -> None:
        """Put the parts together; a field that a part does not have is 0 in its rows."""
        fields = list(dict.fromkeys(field for _, names in self._parts for field in names))
        total = sum(rows for rows, _ in self._parts)
        if total and fields and len(self._held) == len(self._parts):
            save_rows(self._whole(fields, np.empty((total, len(fields)), np.int64)), self._folder)
        elif total and fields:
            with (self._folder / _ROWS).open("wb") as file:  # a map of a full disk ends the process
                os.posix_fallocate(file.fileno(), 0, 8 * total * len(fields))
            whole = np.memmap(self._folder / _ROWS, np.int64, "r+", shape=(total, len(fields)))
            self._whole(fields, whole).flush()
        for at in range(len(self._parts)):
            (self._folder / f"part-{at}.npy").unlink(missing_ok=True)
        salt = self._write_keys()
        for at, codes in enumerate(self._codes.values()):
            texts = pa.table({"text": pa.array(list(codes), pa.string())})
            feather.write_feather(
                texts, str(self._folder / f"texts-{at}.arrow"), compression="uncompressed"
            )
        index = {"rows": total, "fields": fields, "texts": list(self._codes), "salt": salt}
        (self._folder / _INDEX).write_text(json.dumps(index), encoding="utf-8")

    def _whole(self, fields: Sequence[Field], whole: Rows) -> Rows:
        """Fill in what was added."""
        done = 0
        for at, (rows, names) in enumerate(self._parts):
            file = self._folder / f"part-{at}.npy"
            part = self._held[at] if at in self._held else np.load(file, mmap_mode="r")
            into = whole[done : done + rows]
            if names == fields:
                into[:] = part
            else:
                into[:] = 0
                into[:, [fields.index(name) for name in names]] = part
            done += rows
        return whole

    def _write_keys(self) -> int:
        """Write where the rows of each key are; give the salt with which no two keys have one hash."""
        keys = pa.chunked_array(self._keys, pa.string()).combine_chunks()
        lengths = np.concatenate([np.zeros(0, np.int64), *self._lengths])
        starts = np.cumsum(lengths) - lengths
        named = Keys(keys)
        salt, hashes = 0, named.hashes(0)
        while len(np.unique(hashes)) < len(pc.unique(pc.fill_null(keys, ""))):
            salt += 1
            hashes = named.hashes(salt)
        order = np.argsort(hashes)
        kinds = [("hash", np.uint64), ("start", np.int64), ("length", np.int64)]
        table = np.empty(len(keys), kinds)
        for name, values in zip(table.dtype.names or (), (hashes, starts, lengths), strict=True):
            table[name] = values[order]
        save_array(table, self._folder / _KEYS)
        return salt

    def _code(self, field: Field, words: pa.Array) -> Int64[np.ndarray, " row"]:
        known = self._codes.setdefault(field, {})
        coded = words if isinstance(words, pa.DictionaryArray) else words.dictionary_encode()
        places = [known.setdefault(text, len(known)) for text in coded.dictionary.to_pylist()]
        codes = pc.fill_null(coded.indices, -1).to_numpy().astype(np.int64)
        return np.where(codes < 0, -1, np.array([*places, -1], np.int64)[codes])


def save_rows(rows: Int64[np.ndarray, "row field"], folder: Path) -> None:
    """Write rows as they lie in memory."""
    with (folder / _ROWS).open("wb") as file:
        file.write(rows.data)


def as_bits(values: Iterable[float] | np.ndarray) -> Int64[np.ndarray, " row"]:
    """Give floats as their bits."""
    return np.ascontiguousarray(values, np.float64).view(np.int64)
