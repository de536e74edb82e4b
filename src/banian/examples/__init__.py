"""Stage 2: rows with what was known at the cutoff, what happened after it, and when that was known."""

from banian.examples.classes import drop_empty_lists as drop_empty_lists
from banian.examples.classes import settle_classes as settle_classes
from banian.examples.examples import Examples as Examples
from banian.examples.examples import GrainExamples as GrainExamples
from banian.examples.label_counts import LabelCounts as LabelCounts
from banian.examples.label_counts import count_labels as count_labels
from banian.examples.label_facts import Coded as Coded
from banian.examples.label_facts import LabelFacts as LabelFacts
from banian.examples.label_remarks import expect_labels as expect_labels
from banian.examples.label_remarks import remark_labels as remark_labels
from banian.examples.label_remarks import remark_two_values as remark_two_values
from banian.examples.permutation import RawColumns as RawColumns
from banian.examples.permutation import copy_sequences as copy_sequences
from banian.examples.reach import Reach as Reach
from banian.examples.reach import format_instant as format_instant
from banian.examples.split import Roles as Roles
from banian.examples.split import assign_roles as assign_roles
from banian.examples.split import lies_before as lies_before
from banian.examples.store import load_examples as load_examples
from banian.examples.store import save_examples as save_examples
from banian.examples.unused_tables import find_unused_tables as find_unused_tables
from banian.examples.used_columns import ColumnsByTable as ColumnsByTable
from banian.examples.used_columns import find_unneeded_columns as find_unneeded_columns
from banian.examples.used_columns import find_used_columns as find_used_columns
