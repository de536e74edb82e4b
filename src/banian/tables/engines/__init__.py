"""Where tables live and expressions are computed: one file per engine, one contract."""

from banian.tables.engines.base import NAME as NAME
from banian.tables.engines.base import POSITION as POSITION
from banian.tables.engines.base import TIMES as TIMES
from banian.tables.engines.base import VALUE as VALUE
from banian.tables.engines.base import AbstractEngine as AbstractEngine
from banian.tables.engines.base import Change as Change
from banian.tables.engines.base import as_float as as_float
from banian.tables.engines.base import as_it_is as as_it_is
from banian.tables.engines.base import as_text as as_text
from banian.tables.engines.build import build_engine as build_engine
from banian.tables.engines.duckdb import DuckDB as DuckDB
from banian.tables.engines.duckdb import literal_path as literal_path
