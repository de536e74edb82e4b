"""Stage 2: rows with what was known at the cutoff, what happened after it, and when that was known."""

from banian.examples.classes import drop_empty_lists as drop_empty_lists
from banian.examples.classes import settle_classes as settle_classes
from banian.examples.examples import Examples as Examples
from banian.examples.examples import GrainExamples as GrainExamples
from banian.examples.exchange import RawColumns as RawColumns
from banian.examples.exchange import detach as detach
from banian.examples.label_facts import Coded as Coded
from banian.examples.label_facts import LabelFacts as LabelFacts
from banian.examples.reach import Reach as Reach
from banian.examples.reach import show_instant as show_instant
from banian.examples.remarks import expect_labels as expect_labels
from banian.examples.remarks import remark_labels as remark_labels
from banian.examples.remarks import remark_two_values as remark_two_values
from banian.examples.split import Roles as Roles
from banian.examples.split import assign_roles as assign_roles
from banian.examples.split import lies_before as lies_before
from banian.examples.store import load_examples as load_examples
from banian.examples.store import save_examples as save_examples
from banian.examples.supply import Supply as Supply
from banian.examples.supply import count_labels as count_labels
from banian.examples.unused import find_unused as find_unused
from banian.examples.used import Uses as Uses
from banian.examples.used import unneeded_columns as unneeded_columns
from banian.examples.used import used_columns as used_columns
