"""Stage 3: examples in, tensors out, by a state that was fitted on training rows only."""

from banian.batches.batch import Batch as Batch
from banian.batches.batch import Block as Block
from banian.batches.batch import Fields as Fields
