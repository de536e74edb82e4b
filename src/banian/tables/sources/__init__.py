"""Where raw tables come from: one file per kind of source, one contract."""

from banian.tables.sources.base import AbstractSource as AbstractSource
from banian.tables.sources.build import build_source as build_source
from banian.tables.sources.frame import Data as Data
from banian.tables.sources.frame import Frame as Frame
from banian.tables.sources.frame import GivenData as GivenData
from banian.tables.sources.frame import gather_data as gather_data
from banian.tables.sources.malformed import refuse_malformed as refuse_malformed
from banian.tables.sources.malformed import warn_malformed as warn_malformed
from banian.tables.sources.raw_rows import RawRows as RawRows
from banian.tables.sources.raw_rows import check_names as check_names
