"""Stage 3: examples in, tensors out, by a state that was fitted on training rows only."""

from banian.batches.batch import Batch as Batch
from banian.batches.block import Block as Block
from banian.batches.encode import encode_entity as encode_entity
from banian.batches.encode import encode_rows as encode_rows
from banian.batches.encode import had_before as had_before
from banian.batches.encode import pad_lists as pad_lists
from banian.batches.events import Events as Events
from banian.batches.fields import Fields as Fields
from banian.batches.fit import expect_grains as expect_grains
from banian.batches.fit import fit_features as fit_features
from banian.batches.lacking import missing_fields as missing_fields
from banian.batches.new_ids import add_ids as add_ids
from banian.batches.parts import AbstractPart as AbstractPart
from banian.batches.parts import CategoryPart as CategoryPart
from banian.batches.parts import NumberPart as NumberPart
from banian.batches.parts import TextPart as TextPart
from banian.batches.state import ID as ID
from banian.batches.state import EntityState as EntityState
from banian.batches.state import FeatureState as FeatureState
from banian.batches.store import load_batches as load_batches
from banian.batches.store import load_features as load_features
from banian.batches.store import map_rows as map_rows
from banian.batches.store import save_batches as save_batches
from banian.batches.store import save_features as save_features
from banian.batches.store import write_rows as write_rows
