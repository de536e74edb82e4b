"""Where raw tables come from: one file per kind of source, one contract."""

from banian.tables.sources.base import AbstractSource as AbstractSource
from banian.tables.sources.build import build_source as build_source
from banian.tables.sources.raw import RESERVED as RESERVED
from banian.tables.sources.raw import RawRows as RawRows
from banian.tables.sources.raw import check_names as check_names
from banian.tables.sources.strays import refuse_many as refuse_many
from banian.tables.sources.strays import say_strays as say_strays
