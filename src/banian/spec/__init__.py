"""What the user declares. Frozen, serialisable, and free of torch, files and engines."""

from banian.spec.aggregate import AggregateSpec as AggregateSpec
from banian.spec.base import AbstractSpec as AbstractSpec
from banian.spec.expression import Expression as Expression
from banian.spec.load import dump_spec as dump_spec
from banian.spec.load import parse_spec as parse_spec
from banian.spec.load import parse_tables as parse_tables
from banian.spec.model import ModelSpec as ModelSpec
from banian.spec.question import parse_question as parse_question
from banian.spec.question_text import format_question as format_question
from banian.spec.sharing import MMoESpec as MMoESpec
from banian.spec.sharing import SharedBottomSpec as SharedBottomSpec
from banian.spec.sharing import SharingSpec as SharingSpec
from banian.spec.shop import ShopSpec as ShopSpec
from banian.spec.split import IdSplitSpec as IdSplitSpec
from banian.spec.split import SplitSpec as SplitSpec
from banian.spec.split import TimeSplitSpec as TimeSplitSpec
from banian.spec.table import DerivedTableSpec as DerivedTableSpec
from banian.spec.table import SourceTableSpec as SourceTableSpec
from banian.spec.table import TableSpec as TableSpec
from banian.spec.task import METRICS as METRICS
from banian.spec.task import EntityTaskSpec as EntityTaskSpec
from banian.spec.task import Kind as Kind
from banian.spec.task import Metric as Metric
from banian.spec.task import RowTaskSpec as RowTaskSpec
from banian.spec.task import TaskSpec as TaskSpec
from banian.spec.train import TrainSpec as TrainSpec
