"""A spec from a file."""

import codecs
from os import PathLike
from pathlib import Path

from banian.errors import SpecError, nearest
from banian.spec import ShopSpec, parse_tables
from banian.storage import reason_of


def load_spec(path: str | PathLike[str], *, overrides: tuple[str, ...] = ()) -> ShopSpec:
    """Read a shop's declaration from a YAML file; `overrides` are assignments like `train.epochs=3`.

    It may lack tasks and split where there is no question yet: then it can be checked and proposed for, not fitted.

    Raises:
        SpecError: there is no such file, or it declares something impossible.

    """
    return load_tables(path, overrides=overrides)[0]


def load_tables(
    path: str | PathLike[str], *, overrides: tuple[str, ...] = ()
) -> tuple[ShopSpec, bool]:
    """Read a declaration that may lack tasks and split; say whether it has a split of its own.

    Raises:
        SpecError: there is no such file, or it declares something impossible.

    """
    return parse_tables(_read(Path(path)), overrides=overrides)


def _where(error: UnicodeDecodeError) -> str:
    """Say where the file is not UTF-8, and which encoding it probably has."""
    if error.object[:2] in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE):
        return "it begins as UTF-16 does"
    line = error.object[: error.start].count(b"\n") + 1
    return (
        f"line {line} has the byte {error.object[error.start]:#04x}, perhaps of latin-1 or cp1252"
    )


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        there = (file.name for file in path.parent.glob("*.yaml"))
        raise SpecError(f"There is no file {path}.", remedy=nearest(path.name, there)) from None
    except UnicodeDecodeError as error:
        raise SpecError(
            f"{path} is not UTF-8: {_where(error)}.",
            remedy="Save it as UTF-8; most editors ask for the encoding when they save.",
        ) from None
    except OSError as error:
        raise SpecError(
            f"Cannot read {path}: {reason_of(error)}.", remedy="Name a YAML file."
        ) from None
