"""How the losses of several tasks become one update: by weighing losses, by aggregating gradients, in turn."""

from banian.balancing.base import AbstractBalance as AbstractBalance
from banian.balancing.base import Update as Update
from banian.balancing.build import build_balance as build_balance
from banian.balancing.build import check_extras as check_extras
from banian.balancing.conflict import Conflict as Conflict
from banian.balancing.conflict import measure_conflict as measure_conflict
from banian.balancing.micro_batch import Losses as Losses
from banian.balancing.micro_batch import MicroBatch as MicroBatch
from banian.balancing.micro_batch import Reduce as Reduce
from banian.balancing.micro_batch import Rows as Rows
from banian.balancing.micro_batch import alone as alone
