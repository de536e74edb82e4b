"""Stage 1: raw rows in, clean tables out; every repair is counted, every rejected row is kept with its reason."""

from banian.tables.column import ColumnType as ColumnType
from banian.tables.database import Database as Database
from banian.tables.drift import Drift as Drift
from banian.tables.drift import find_drift as find_drift
from banian.tables.engines import POSITION as POSITION
from banian.tables.engines import AbstractEngine as AbstractEngine
from banian.tables.engines import build_engine as build_engine
from banian.tables.expression import apply_expression as apply_expression
from banian.tables.expression import apply_node as apply_node
from banian.tables.expression import read_columns as read_columns
from banian.tables.ids import as_in_source as as_in_source
from banian.tables.profile import ColumnProfile as ColumnProfile
from banian.tables.profile import TableProfile as TableProfile
from banian.tables.profile import profile_table as profile_table
from banian.tables.quality import TableReport as TableReport
from banian.tables.read import read_database as read_database
from banian.tables.read import sum_sources as sum_sources
from banian.tables.sources import RESERVED as RESERVED
from banian.tables.sources import Data as Data
from banian.tables.sources import GivenData as GivenData
from banian.tables.sources import gather_data as gather_data
from banian.tables.table import Table as Table
