"""What is known of the columns of a table without its rows: types, profiles, names; no engine."""

from banian.schema.column_names import RESERVED as RESERVED
from banian.schema.column_names import names_of as names_of
from banian.schema.column_names import times_of as times_of
from banian.schema.column_type import ColumnType as ColumnType
from banian.schema.profile import ColumnProfile as ColumnProfile
from banian.schema.profile import TableProfile as TableProfile
