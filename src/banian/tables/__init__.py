"""Stage 1: raw rows in, clean tables out; every repair is counted, every rejected row is kept with its reason."""

from banian.tables.column import MOST_DIGITS as MOST_DIGITS
from banian.tables.column import ColumnType as ColumnType
from banian.tables.database import Database as Database
from banian.tables.declared import names_of as names_of
from banian.tables.declared import times_of as times_of
from banian.tables.engines import POSITION as POSITION
from banian.tables.engines import AbstractEngine as AbstractEngine
from banian.tables.engines import build_engine as build_engine
from banian.tables.expression import apply_expression as apply_expression
from banian.tables.expression import apply_node as apply_node
from banian.tables.expression import read_columns as read_columns
from banian.tables.quality import TableReport as TableReport
from banian.tables.read import read_database as read_database
from banian.tables.read import sum_sources as sum_sources
from banian.tables.several import has_several as has_several
from banian.tables.sources import RESERVED as RESERVED
from banian.tables.table import Table as Table
