"""A column of images or sounds: what can be read goes onto a shelf, and the column becomes its digests."""

import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Literal, assert_never, final

import numpy as np
import pyarrow as pa

from banian.errors import TableError
from banian.media import image, sound
from banian.media.contained_file import read_contained
from banian.media.decoder_warnings import strict_decoders
from banian.media.refusal import MediaRefusal, SetAside
from banian.media.shelf import MediaShelf, digest_of

Modality = Literal["image", "audio"]
_AT_ONCE = 64  # values whose contents are held in memory together
_MOST_THREADS = 8
_ABSENT = ""


@final
@dataclass(frozen=True)
class MediaColumn:
    """What a column's values became.

    Args:
        digests: Of the content of each row; null where there is none, or it was set aside.
        set_aside: Rows that have a value and no digest, by reason, the most frequent first.
        changed: Rows whose content is only part of their value, likewise.

    """

    digests: pa.StringArray
    set_aside: tuple[SetAside, ...]
    changed: tuple[SetAside, ...]


@final
@dataclass(frozen=True)
class _Outcome:
    digest: str | None = None
    reason: str | None = None
    is_cut: bool = False


def read_media(
    column: pa.Array | pa.ChunkedArray,
    modality: Modality,
    shelf: MediaShelf,
    *,
    folder: Path | None = None,
    progress: Callable[[int, int], None] = lambda *_: None,
) -> MediaColumn:
    """Read each distinct value of a column once, put what is safe onto a shelf, and give the rows' digests.

    A text is a path relative to `folder`, bytes are a file's content. Null and the empty path are absent.

    Args:
        column: Texts or bytes.
        modality: What they are.
        shelf: Where contents go.
        folder: The data folder; None where no path can be read.
        progress: Told how many of how many distinct values are done.

    Raises:
        TableError: the column holds neither texts nor bytes, or texts without a folder.
        RunError: somebody else is writing to the shelf.
        OSError: the shelf cannot be written.

    """
    codes, values = _distinct(column, folder)
    outcomes: list[_Outcome] = []
    with strict_decoders():
        shelf.put(_contents(values, partial(_read, modality, folder), outcomes, progress))
    digests = pa.array([one.digest for one in outcomes], pa.string())
    reasons = [one.reason for one in outcomes]
    cuts = [sound.CUT if one.is_cut else None for one in outcomes]
    taken = pa.array(codes, mask=codes < 0)
    return MediaColumn(
        digests=digests.take(taken), set_aside=_counts(codes, reasons), changed=_counts(codes, cuts)
    )


def _distinct(
    column: pa.Array | pa.ChunkedArray, folder: Path | None
) -> tuple[np.ndarray, pa.Array]:
    """Give each row's place among the distinct values, int64 [row], −1 where null; and these values."""
    whole = pa.chunked_array(column) if isinstance(column, pa.Array) else column
    if pa.types.is_dictionary(whole.type):
        whole = whole.cast(whole.type.value_type)
    if pa.types.is_fixed_size_binary(whole.type):
        whole = whole.cast(pa.binary())
    is_text = pa.types.is_string(whole.type) or pa.types.is_large_string(whole.type)
    is_bytes = pa.types.is_binary(whole.type) or pa.types.is_large_binary(whole.type)
    if not is_text and not is_bytes and not pa.types.is_null(whole.type):
        raise TableError(
            f"A column of images or sounds holds {whole.type}.",
            remedy="Give paths relative to the data folder as text, or the files' bytes as binary.",
        )
    if is_text and folder is None:
        raise TableError(
            "A column of images or sounds holds paths, and there is no folder that they are relative to.",
            remedy="Read the table from a folder, or give the files' bytes as binary.",
        )
    if pa.types.is_null(whole.type) or not len(whole):
        return np.full(len(whole), -1), pa.array([], pa.string())
    encoded = whole.dictionary_encode().unify_dictionaries()
    codes = pa.chunked_array([chunk.indices for chunk in encoded.chunks]).fill_null(-1)
    return codes.to_numpy().astype(np.int64), encoded.chunk(0).dictionary


def _contents(
    values: pa.Array,
    read: Callable[[pa.Scalar], tuple[bytes | None, _Outcome]],
    outcomes: list[_Outcome],
    progress: Callable[[int, int], None],
) -> Iterator[bytes]:
    """Give the safe contents in the order of values, and note what became of each value."""
    progress(0, len(values))
    remaining = iter(values)
    with ThreadPoolExecutor(min(_MOST_THREADS, os.cpu_count() or 1)) as threads:
        while together := list(islice(remaining, _AT_ONCE)):
            for content, outcome in threads.map(read, together):
                outcomes.append(outcome)
                if content is not None:
                    yield content
            progress(len(outcomes), len(values))


def _read(
    modality: Modality, folder: Path | None, value: pa.Scalar
) -> tuple[bytes | None, _Outcome]:
    """Make one value safe, in a thread."""
    raw = value.as_py()
    if raw == _ABSENT:
        return None, _Outcome()
    most = image.MOST_BYTES if modality == "image" else sound.MOST_BYTES
    try:
        if isinstance(raw, str):
            assert folder is not None
            raw = read_contained(folder, raw, most_bytes=most)
        match modality:
            case "image":
                content, is_cut = image.safe_image(raw), False
            case "audio":
                content, is_cut = sound.safe_sound(raw)
            case _:
                assert_never(modality)
    except MediaRefusal as refusal:
        return None, _Outcome(reason=refusal.reason)
    return content, _Outcome(digest=digest_of(content), is_cut=is_cut)


def _counts(codes: np.ndarray, reasons: list[str | None]) -> tuple[SetAside, ...]:
    """Count the rows of each reason, and find the first."""
    kinds = sorted({reason for reason in reasons if reason is not None})
    of_value = np.array([-1 if one is None else kinds.index(one) for one in reasons] + [-1])
    of_row = of_value[codes]  # −1 takes the last
    found = [
        SetAside(kind, int((of_row == at).sum()), int(np.argmax(of_row == at)))
        for at, kind in enumerate(kinds)
    ]
    return tuple(sorted(found, key=lambda one: (-one.count, one.first_row)))
