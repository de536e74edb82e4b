"""A spec from a file."""

from os import PathLike
from pathlib import Path

from banian.errors import SpecError, nearest
from banian.spec import ShopSpec, parse_spec


def load_spec(path: str | PathLike[str], *, overrides: tuple[str, ...] = ()) -> ShopSpec:
    """Read a shop's declaration from a YAML file; `overrides` are assignments like `train.epochs=3`.

    Raises:
        SpecError: there is no such file, or it declares something impossible.

    """
    path = Path(path)
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        there = (file.name for file in path.parent.glob("*.yaml"))
        raise SpecError(f"There is no file {path}.", remedy=nearest(path.name, there)) from None
    except (OSError, UnicodeDecodeError) as error:
        raise SpecError(f"Cannot read {path}: {error}", remedy="Name a YAML file.") from None
    return parse_spec(text, overrides=overrides)
