"""One pass over the bytes of a text file: whether it is UTF-8, how its lines end, and whether it is empty."""

import codecs
import gzip
import io
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import final

from banian.errors import TableError
from banian.tables.sources.files import open_bytes

HEAD = 2**17
"""Bytes at the beginning of a file by which it is judged."""
_CHUNK = 2**22
_MARKS = {  # of four bytes before those of two, which begin alike
    codecs.BOM_UTF32_LE: "utf-32",
    codecs.BOM_UTF32_BE: "utf-32",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}
_NULS = 0.2  # share of NUL bytes from which a text is UTF-16: half of the bytes of English are


@final
@dataclass(frozen=True)
class TextFacts:
    """What the bytes of a file say of how it is written."""

    is_blank: bool
    """Whether it holds only line breaks and spaces."""
    lines: int
    """Line breaks, of whatever kind."""
    same_ends: bool
    """Whether every line break is of the same kind: LF, CRLF or CR."""
    undecodable: int
    """Lines that are not UTF-8."""


def inspect_text(path: Path) -> TextFacts:
    """Read a text file to its end, and refuse it where it is none that is encoded as UTF-8.

    A few lines that are not, in a file whose others are and show it, are left to the reader.

    Raises:
        TableError: it has another encoding.
        OSError, EOFError, zlib.error: it is damaged.

    """
    feeds = returns = pairs = lines = undecodable = 0
    is_blank, is_shown = True, False
    first: tuple[int, bytes] | None = None
    with open_bytes(path) as file:
        _refuse_wide(path, file.read(HEAD))
        file.seek(0)
        for block in _blocks(file):
            is_blank = is_blank and not block.removeprefix(codecs.BOM_UTF8).strip()
            if not block.isascii():
                found, shown = _strays(block)
                if found and first is None:
                    at, line = found[0]
                    first = lines + at, line
                undecodable, is_shown = undecodable + len(found), is_shown or shown
            feeds, returns = feeds + block.count(b"\n"), returns + block.count(b"\r")
            pairs += block.count(b"\r\n")
            lines = feeds + returns - pairs
    if first is not None and not is_shown:
        _refuse_narrow(path, *first, undecodable)
    same = returns == 0 or feeds == returns == pairs or feeds == 0
    return TextFacts(is_blank, lines, same, undecodable)


def _blocks(file: gzip.GzipFile | io.BufferedReader) -> Iterator[bytes]:
    """Give large parts that end with a line."""
    left = b""
    while chunk := file.read(_CHUNK):
        chunk = left + chunk
        end = (
            max(chunk.rfind(b"\n"), chunk.rfind(b"\r", 0, -1)) + 1
        )  # a last \r may be half of a break
        left = chunk[end:]
        if end:
            yield chunk[:end]
    if left:
        yield left


def _strays(block: bytes) -> tuple[list[tuple[int, bytes]], bool]:
    """List the lines that are not UTF-8, and say whether one is that could be nothing else."""
    if _is_text(block):
        return [], True
    found, shown = [], False
    for number, line in enumerate(block.splitlines(), start=1):
        if not line.isascii():
            if _is_text(line):
                shown = True
            else:
                found.append((number, line))
    return found, shown


def _is_text(line: bytes) -> bool:
    try:
        line.decode()
    except UnicodeDecodeError:
        return False
    return True


def _refuse_wide(path: Path, head: bytes) -> None:
    """Refuse what has two or four bytes for a letter."""
    found = next((name for mark, name in _MARKS.items() if head.startswith(mark)), None)
    if found is None and head.count(0) > _NULS * len(head):
        found = "utf-16-be" if head[::2].count(0) > head[1::2].count(0) else "utf-16-le"
    if found is not None:
        raise TableError(
            f"{path.name} is not UTF-8: line 1 begins with {head[:4].hex(' ')}, as {found} does.",
            remedy=f"Say how it is encoded, or save it as UTF-8: encoding: {found}",
        )


def _refuse_narrow(path: Path, number: int, line: bytes, undecodable: int) -> None:
    """Refuse what has one byte for a letter; which one it is, no byte can prove."""
    at = next(place for place, byte in enumerate(line) if byte > 127)
    is_windows = any(0x80 <= byte < 0xA0 for byte in line)
    likely = "cp1252" if is_windows else "latin-1"
    shown = line[max(0, at - 10) : at + 10].decode(likely, "replace").strip()
    if any(byte < 32 and byte not in b"\t\n\r\f" for byte in line):
        raise TableError(
            f"{path.name} holds no text: line {number} has bytes that stand in none.",
            remedy="Check that this is the right file, and not another kind under this name: format: KIND",
        )
    others = f", and {undecodable - 1:,} other lines are not either" if undecodable > 1 else ""
    raise TableError(
        f"{path.name} is not UTF-8: line {number} has the byte {line[at]:#04x}{others}. It may be "
        f"{likely}, which reads it as {shown!r}.",
        remedy=f"Say how it is encoded, or save it as UTF-8: encoding: {likely}",
    )
