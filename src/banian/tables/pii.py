"""Columns that are declared `pii` become keyed hashes where a table is read, before anything else sees them."""

from dataclasses import replace

import ibis
import ibis.expr.types as ir

from banian.schema import ABSENT
from banian.schema.keyed_hash import LENGTH, WHOLE, read_key
from banian.spec import SourceTableSpec
from banian.tables.sources import RawRows
from banian.tables.white_space import strip_text


def hash_columns(declared: SourceTableSpec, raw: RawRows) -> RawRows:
    """Put hashes in the place of the declared columns; columns that are not there are passed over.

    Raises:
        SpecError: there is no key.

    """
    columns = [column for column in declared.pii if column in raw.columns]
    if not columns:
        return raw
    key = read_key()
    hashed = {column: _hash(raw.rows[column], key) for column in columns}
    return replace(raw, rows=raw.rows.mutate(**hashed))


def _hash(value: ir.Value, key: str) -> ir.StringValue:
    text = strip_text(value.cast("string")).re_replace(WHOLE, r"\1")
    hashed = (ibis.literal(key) + text).hexdigest("sha256").left(LENGTH)
    return ibis.ifelse(text.isnull() | text.isin(ABSENT), ibis.null("string"), hashed)
