"""Where a raw table lies, read from one text: a file, a table inside a file, a table of a server."""

import re
from dataclasses import dataclass
from typing import Literal, final, get_args
from urllib.parse import parse_qsl, urlsplit

FileFormat = Literal["csv", "parquet", "json_lines", "excel", "sqlite", "duckdb"]
"""How the rows of a file are written."""
SourceKind = FileFormat | Literal["postgres"]
"""How the rows of a source are written."""

_SUFFIXES: dict[str, FileFormat] = {
    ".csv": "csv",
    ".csv.gz": "csv",
    ".tsv": "csv",
    ".tsv.gz": "csv",
    ".parquet": "parquet",
    ".jsonl": "json_lines",
    ".jsonl.gz": "json_lines",
    ".ndjson": "json_lines",
    ".ndjson.gz": "json_lines",
    ".xlsx": "excel",
    ".sqlite": "sqlite",
    ".db": "sqlite",
    ".duckdb": "duckdb",
}
FILE_SUFFIXES = tuple(_SUFFIXES)
"""How the names of files end that hold tables; upper and lower case are the same."""

_WITH_TABLES: tuple[FileFormat, ...] = ("excel", "sqlite", "duckdb")
_INSIDE = re.compile(r"(.+?\.(?:xlsx|sqlite|db|duckdb))#(.+)", re.IGNORECASE)
_SERVER = ("postgresql://", "postgres://")
_PASSWORD = (
    "the URL holds a password, and a spec is no place for one. Leave it out of the URL, and give it in the "
    "environment (PGPASSWORD) or in a file (~/.pgpass, or the one that PGPASSFILE names)"
)


@final
@dataclass(frozen=True)
class Source:
    """A source, taken apart."""

    kind: SourceKind
    place: str
    """The file, or the server's URL."""
    table: str | None
    """The sheet or table inside it; nothing where there can be one only."""


def parse_source(text: str, written: FileFormat | None = None) -> Source:
    """Take a source apart; `written` says what a file is whose name does not.

    Raises:
        ValueError: it is none, or holds a password.

    >>> parse_source("shop.xlsx#Orders 2024")
    Source(kind='excel', place='shop.xlsx', table='Orders 2024')
    >>> parse_source("orders.CSV").kind, parse_source("orders.dat", "csv").kind
    ('csv', 'csv')
    >>> parse_source("postgresql://db.example:5432/shop#sales.orders").table
    'sales.orders'

    """
    if text.startswith(_SERVER):
        if written is not None:
            raise ValueError("format is for files, and this is a server. Leave format out")
        return _parse_url(text)
    inside = _INSIDE.fullmatch(text)
    place, table = inside.groups() if inside else (text, None)
    if written is not None:
        if written not in _WITH_TABLES:
            return Source(written, text, None)
        if not inside and "#" in text:
            place, _, table = text.partition("#")
        return Source(written, place, table or None)
    suffixes = [suffix for suffix in _SUFFIXES if place.casefold().endswith(suffix)]
    if not suffixes:
        scheme, is_url, _ = text.partition("://")  # what follows may be a password
        raise ValueError(
            f"cannot read {scheme + is_url!r}. Use one of {', '.join(FILE_SUFFIXES)}, or "
            "postgresql://HOST/DATABASE#TABLE; or say what a file of another name is, with the key "
            f"format: {', '.join(get_args(FileFormat))}"
        )
    return Source(_SUFFIXES[suffixes[0]], place, table)


def _parse_url(text: str) -> Source:
    url, _, table = text.partition("#")
    authority = url.partition("://")[2].partition("/")[0].partition("?")[0]
    user, _, hosts = authority.rpartition("@")
    # An unencoded / ? # @ in a password moves the @ behind what then looks like a host.
    ports = [host.rpartition(":")[2] for host in hosts.split(",") if re.search(r":[^\]]*$", host)]
    strays = "@" in text.replace(authority, "", 1) or "@" in user
    asked = [key.casefold() for key, _ in parse_qsl(urlsplit(url).query, keep_blank_values=True)]
    if ":" in user or strays or any("password" in key for key in asked):
        raise ValueError(_PASSWORD)
    if not all(map(_is_port, ports)):
        raise ValueError(
            "the port of the URL is no number. Write postgresql://HOST:5432/DATABASE#TABLE"
        )
    if not table:
        raise ValueError(f"{url!r} names no table. Add one: {url}#SCHEMA.TABLE")
    return Source("postgres", url, table)


def _is_port(text: str) -> bool:
    return text == "" or text.isdecimal()
